package covey.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

final class PortTest {
    @Test
    void whenAllPartsHaveEndedANewcomerIsMeantForNobody() {
        assertThat(new Port("127.0.0.1").meant(Set.of(Protocol.PEER))).isEmpty();
    }
}
