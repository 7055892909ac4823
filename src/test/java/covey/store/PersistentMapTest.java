package covey.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class PersistentMapTest {
    @Test
    void behavesLikeASortedMapAndOldVersionsStay() {
        Random random = new Random(1);
        PersistentMap<Integer, Integer> map = PersistentMap.empty();
        TreeMap<Integer, Integer> expected = new TreeMap<>();
        List<PersistentMap<Integer, Integer>> versions = new ArrayList<>();
        List<Map<Integer, Integer>> contents = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            int key = random.nextInt(500);
            if (random.nextInt(3) == 0) {
                map = map.remove(key);
                expected.remove(key);
            } else {
                map = map.put(key, i);
                expected.put(key, i);
            }
            if (i % 500 == 0) {
                versions.add(map);
                contents.add(new TreeMap<>(expected));
            }
        }
        versions.add(map);
        contents.add(expected);
        for (int i = 0; i < versions.size(); i++) {
            check(versions.get(i), contents.get(i));
        }
    }

    private static void check(PersistentMap<Integer, Integer> map, Map<Integer, Integer> expected) {
        List<Integer> keys = new ArrayList<>();
        map.forEach((key, value) -> {
            keys.add(key);
            assertThat(value).isEqualTo(expected.get(key));
            assertThat(map.get(key)).contains(value);
        });
        assertThat(keys).containsExactlyElementsOf(expected.keySet());
        assertThat(map.size()).isEqualTo(expected.size());
        assertThat(map.get(-1)).isEmpty();
    }
}
