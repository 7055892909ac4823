package covey.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import covey.env.Env;
import covey.wire.proto.Roster;
import covey.wire.proto.RosterHub;
import covey.wire.proto.RosterProof;
import covey.wire.proto.RosterSignature;
import covey.wire.proto.SignedRoster;
import covey.wire.proto.TokenKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
    private static final Env ENV = Env.system();

    @Test
    void deviceKeysSurviveTheirFileAndOthersCannotReadIt(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("device.key");
        DeviceKeys keys = DeviceKeys.generate(ENV);
        keys.save(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(DeviceKeys.load(file).id()).isEqualTo(keys.id());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> DeviceKeys.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void aDamagedKeyFileSaysSo(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("device.key");
        DeviceKeys.generate(ENV).save(file);
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 40; i < bytes.length; i += 37) {
            byte[] damaged = bytes.clone();
            damaged[i] = (byte) (damaged[i] == 'A' ? 'B' : 'A');
            Files.write(file, damaged);
            try {
                assertThat(DeviceKeys.load(file).publicKey()).isNotEmpty();
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("device.key");
            }
        }
    }

    @Test
    void aSignatureIsForOnePurposeAndOneSplitOfTheBytes() {
        DeviceKeys keys = DeviceKeys.generate(ENV);
        byte[] signature = keys.sign(Purpose.HEAD, new byte[] {1, 2}, new byte[] {3});
        assertThat(Signatures.verify(keys.publicKey(), Purpose.HEAD, signature, new byte[] {1, 2}, new byte[] {3}))
                .isTrue();
        assertThat(Signatures.verify(keys.publicKey(), Purpose.ENROL, signature, new byte[] {1, 2}, new byte[] {3}))
                .isFalse();
        assertThat(Signatures.verify(keys.publicKey(), Purpose.HEAD, signature, new byte[] {1}, new byte[] {2, 3}))
                .isFalse();
    }

    @Test
    void theRecoveryCodeIsTheRootKeyAndTypingMistakesAreFound() {
        RootKey root = RootKey.generate(ENV);
        String code = root.recoveryCode();
        assertThat(RootKey.fromRecoveryCode(code.replace("-", " ").toUpperCase(java.util.Locale.ROOT))
                        .networkId())
                .isEqualTo(root.networkId());
        char other = code.charAt(5) == 'a' ? 'b' : 'a';
        String wrong = code.substring(0, 5) + other + code.substring(6);
        assertThatThrownBy(() -> RootKey.fromRecoveryCode(wrong)).isInstanceOf(IllegalArgumentException.class);
    }

    /** RFC 8032, 7.1, test 1: the seed's public key. */
    @Test
    void rootKeyIsEd25519() {
        byte[] seed = HexFormat.of().parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        var key = new org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters(seed);
        assertThat(HexFormat.of().formatHex(key.generatePublicKey().getEncoded()))
                .isEqualTo("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    }

    /**
     * RFC 9106, 5.3 uses secret and associated data; this is the plain vector of the reference implementation's tests.
     *
     */
    @Test
    void argon2idAgreesWithItsReference() {
        byte[] hash = Passwords.compute(
                "password".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                "somesalt".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                65_536,
                2,
                1,
                32);
        assertThat(HexFormat.of().formatHex(hash))
                .isEqualTo("09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }

    @Test
    void passwordsAreVerifiedAndGarbageIsNot() {
        byte[] password = "correct horse".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        String phc = Passwords.hash(password, ENV);
        assertThat(Passwords.verify(phc, password)).isTrue();
        assertThat(Passwords.verify(phc, new byte[3])).isFalse();
        assertThat(Passwords.verify(
                        "$argon2id$v=19$m=9999999,t=2,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA", password))
                .isFalse();
        assertThat(Passwords.verify("", password)).isFalse();
    }

    @Test
    void aTokenIsOneLineAndDamageIsFound() {
        Token token = Token.create(ENV, new byte[32], List.of("10.0.0.1:7440", "[::1]:7440"), TokenKind.TOKEN_MEMBER);
        String text = token.encode();
        assertThat(text).doesNotContain("\n").startsWith(Token.PREFIX);
        Token parsed = Token.parse("  " + text + "\n");
        assertThat(parsed.secret()).isEqualTo(token.secret());
        assertThat(parsed.addresses()).isEqualTo(token.addresses());
        for (int i = Token.PREFIX.length(); i < text.length(); i++) {
            String cut = text.substring(0, i);
            assertThatThrownBy(() -> Token.parse(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(token.toString()).doesNotContain(text);
    }

    @Test
    void aRosterChainNeedsTheRootKeyOrAMajorityOfTheOneBefore() {
        RootKey root = RootKey.generate(ENV);
        DeviceKeys hub = DeviceKeys.generate(ENV);
        DeviceKeys second = DeviceKeys.generate(ENV);
        RosterProof first = Rosters.first(root, hub.publicKey(), List.of("h:1"));
        assertThat(Rosters.verify(first, root.networkId()).isHub(hub.id())).isTrue();
        assertThatThrownBy(() -> Rosters.verify(first, new byte[32])).isInstanceOf(UntrustedException.class);

        byte[] next = Roster.newBuilder()
                .setNetworkId(ByteString.copyFrom(root.networkId()))
                .setEpoch(2)
                .addHubs(RosterHub.newBuilder().setPublicKey(ByteString.copyFrom(second.publicKey())))
                .build()
                .toByteArray();
        RosterProof byHub = first.toBuilder().addChain(signed(next, hub)).build();
        assertThat(Rosters.verify(byHub, root.networkId()).isHub(second.id())).isTrue();
        RosterProof byStranger =
                first.toBuilder().addChain(signed(next, second)).build();
        assertThatThrownBy(() -> Rosters.verify(byStranger, root.networkId())).isInstanceOf(UntrustedException.class);
    }

    private static SignedRoster signed(byte[] roster, DeviceKeys by) {
        return SignedRoster.newBuilder()
                .setRoster(ByteString.copyFrom(roster))
                .addSignatures(RosterSignature.newBuilder()
                        .setSigner(by.id().toByteString())
                        .setSignature(ByteString.copyFrom(by.sign(Purpose.ROSTER, roster))))
                .build();
    }

    @Test
    void bothSidesCompareTheSameWords() {
        byte[] a = DeviceKeys.generate(ENV).publicKey();
        byte[] b = DeviceKeys.generate(ENV).publicKey();
        assertThat(Words.compare(a, b)).isEqualTo(Words.compare(b, a)).hasSize(Words.COMPARE_COUNT);
    }
}
