package covey.web;

import com.google.protobuf.ByteString;
import covey.directory.DirectoryView;
import covey.env.Loop.Cancellable;
import covey.identity.Token;
import covey.peer.HubStatus;
import covey.peer.PeerEvent;
import covey.peer.PeerNode;
import covey.wire.DeviceId;
import covey.wire.Limits;
import covey.wire.Names;
import covey.wire.proto.AccountChange;
import covey.wire.proto.AuditRecord;
import covey.wire.proto.AuditWanted;
import covey.wire.proto.Command;
import covey.wire.proto.HubStatusWanted;
import covey.wire.proto.Query;
import covey.wire.proto.RevokeDevice;
import covey.wire.proto.Role;
import covey.wire.proto.SetPassword;
import covey.wire.proto.TokenCreate;
import covey.wire.proto.TokenKind;
import covey.wire.proto.TokenRevoke;
import covey.wire.proto.TokensWanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Accounts, devices, tokens and the audit log. The hub decides who may do what. */
final class AdminMethods {
    private static final long DAY_MILLIS = 86_400_000L;
    private static final long LIFETIME_MILLIS_MAX = 365 * DAY_MILLIS;
    private static final int USES_MAX = 10_000;
    private static final int AUDIT_MAX = 1_000;

    /** As many as the hub keeps. */
    private static final int TOKENS_MAX = 1_000;

    private final PeerNode node;
    private final PeerApi api;
    private final Runnable loggedOut;

    AdminMethods(PeerNode node, PeerApi api, Runnable loggedOut) {
        this.node = node;
        this.api = api;
        this.loggedOut = loggedOut;
    }

    void addTo(LocalMethods methods) {
        methods.add(
                        "account.role",
                        "account role",
                        (params, answer) -> change(params, answer, change -> change.setRole(role(params))))
                .add(
                        "account.disable",
                        "account disabled",
                        (params, answer) ->
                                change(params, answer, change -> change.setDisabled(params.flag("disabled"))))
                .add(
                        "account.remove",
                        "account",
                        (params, answer) -> change(params, answer, change -> change.setRemoved(true)))
                .add(
                        "account.reset",
                        "account",
                        (params, answer) -> createToken(
                                TokenKind.TOKEN_RESET,
                                Names.account(params.text("account")),
                                answer,
                                1,
                                DAY_MILLIS,
                                Map.of()))
                .add("device.ls", "account", this::devices)
                .add("device.revoke", "device reason", this::revoke)
                .add("token.create", "kind uses lifetimeMillis labels", this::createToken)
                .add("token.ls", "", (params, answer) -> tokens(List.of(), "", answer))
                .add(
                        "token.revoke",
                        "tokenId",
                        (params, answer) -> api.change(
                                Command.newBuilder()
                                        .setTokenRevoke(TokenRevoke.newBuilder().setTokenId(params.text("tokenId")))
                                        .build(),
                                answer))
                .add("audit", "limit", this::audit)
                .add("passwd", "oldPassword newPassword", this::passwd)
                .add("logout", "", (params, answer) -> logout(answer))
                .add("hub.status", "", (params, answer) -> hubStatus(answer));
    }

    private void change(Params params, LocalAnswer answer, Consumer<AccountChange.Builder> what) {
        AccountChange.Builder change = AccountChange.newBuilder().setAccount(Names.account(params.text("account")));
        what.accept(change);
        api.change(Command.newBuilder().setAccountChange(change).build(), answer);
    }

    private static Role role(Params params) {
        String role = params.text("role");
        return switch (role) {
            case "member" -> Role.MEMBER;
            case "administrator" -> Role.ADMINISTRATOR;
            case "machine" -> Role.MACHINE;
            default -> throw params.refused("'" + role + "' is no role (expected: member, administrator or machine)");
        };
    }

    private static TokenKind kind(Params params) {
        String kind = params.optional("kind").orElse("member");
        return switch (kind) {
            case "member" -> TokenKind.TOKEN_MEMBER;
            case "administrator" -> TokenKind.TOKEN_ADMINISTRATOR;
            case "machine" -> TokenKind.TOKEN_MACHINE;
            case "hub" -> TokenKind.TOKEN_HUB;
            default ->
                throw params.refused("'" + kind + "' is no kind (expected: member, administrator, machine or hub)");
        };
    }

    /** The secret is made here and given to the asker only: the hub gets its hash. */
    private void createToken(
            TokenKind kind,
            String account,
            LocalAnswer answer,
            long uses,
            long lifetimeMillis,
            Map<String, String> labels) {
        Token token = Token.create(node.env(), node.networkId().toByteArray(), node.hubAddresses(), kind);
        TokenCreate create = TokenCreate.newBuilder()
                .setKind(kind)
                .setUses((int) uses)
                .setLifetimeMillis(lifetimeMillis)
                .putAllLabels(labels)
                .setSecretHash(ByteString.copyFrom(token.secretHash()))
                .setAccount(account)
                .build();
        api.change(
                Command.newBuilder().setTokenCreate(create).build(),
                answer,
                result -> new Shapes.NewToken(
                        token.encode(), token.tokenId(), result.getToken().getExpiresMillis()));
    }

    private void createToken(Params params, LocalAnswer answer) {
        createToken(
                kind(params),
                "",
                answer,
                params.number("uses", 1, USES_MAX, 1),
                params.number("lifetimeMillis", 1_000, LIFETIME_MILLIS_MAX, DAY_MILLIS),
                params.texts("labels", Limits.LABELS_MAX));
    }

    private void devices(Params params, LocalAnswer answer) {
        Optional<String> only = params.optional("account").map(Names::account);
        only.filter(name -> !name.equals(node.account())).ifPresent(name -> NetworkMethods.account(node, name));
        Stream<DirectoryView.Account> accounts =
                only.isPresent() ? node.directory().account(only.get()).stream() : node.directory().accounts().stream();
        answer.result(Map.of(
                "devices",
                accounts.flatMap(account -> account.devices().stream())
                        .flatMap(id -> node.directory().device(id).stream())
                        .map(this::device)
                        .toList()));
    }

    private Shapes.OwnDevice device(DirectoryView.Device device) {
        return new Shapes.OwnDevice(
                device.id().toString(),
                device.account(),
                device.name(),
                NetworkMethods.state(node, device.id()),
                device.revoked(),
                node.presentSinceMillis(device.id()),
                Shapes.lower(device.enrolment()).replace("by_", ""),
                device.enrolledMillis());
    }

    private void revoke(Params params, LocalAnswer answer) {
        DirectoryView.Device device = NetworkMethods.byId(node, params.text("device"));
        api.change(revocation(device.id(), params.optional("reason").orElse("")), answer);
    }

    private static Command revocation(DeviceId device, String reason) {
        RevokeDevice.Builder revoke =
                RevokeDevice.newBuilder().setDevice(device.toByteString()).setReason(reason);
        return Command.newBuilder().setRevokeDevice(revoke).build();
    }

    /**
     * A device that the hub does not take any more has nothing to be revoked: it only puts its key away. So it does
     * when the hub ends the session for the very logout whose reply got lost.
     */
    private void logout(LocalAnswer answer) {
        AtomicBoolean isOut = new AtomicBoolean();
        Runnable end = () -> { // after the answer: what is answered is still written
            if (isOut.compareAndSet(false, true)) {
                node.env().background("logout", loggedOut);
            }
        };
        if (node.hub().phase() == HubStatus.Phase.REFUSED) {
            answer.result(Map.of("note", refusal(node.hub())));
            end.run();
            return;
        }
        Cancellable watching = node.watch(event -> {
            if (event instanceof PeerEvent.Hub(HubStatus hub) && hub.phase() == HubStatus.Phase.REFUSED) {
                answer.result(hub.isCloned() ? Map.of("note", refusal(hub)) : Map.of());
                end.run();
            }
        });
        api.change(revocation(node.keys().id(), "logged out"), answer, result -> Map.of(), result -> {
            watching.cancel();
            if (!result.hasProblem()) {
                end.run();
            }
        });
    }

    private String refusal(HubStatus hub) {
        DeviceId own = node.keys().id();
        String left = node.directory()
                        .device(own)
                        .filter(DirectoryView.Device::revoked)
                        .isPresent()
                ? ""
                : " Unless it was revoked, it stays enrolled until another device says: covey device revoke " + own;
        return "The hub does not take this device: " + hub.why() + "." + left;
    }

    private void tokens(List<Shapes.Token> before, String after, LocalAnswer answer) {
        Query query = Query.newBuilder()
                .setTokens(TokensWanted.newBuilder().setAfter(after))
                .build();
        node.ask(
                query,
                reply -> {
                    List<Shapes.Token> all = new ArrayList<>(before);
                    reply.getTokens().getTokensList().forEach(token -> all.add(Shapes.Token.of(token)));
                    if (reply.getTokens().getMore() && all.size() > before.size() && all.size() < TOKENS_MAX) {
                        tokens(all, all.getLast().tokenId(), answer);
                    } else {
                        answer.result(Map.of("tokens", all));
                    }
                },
                answer::error);
    }

    private void audit(Params params, LocalAnswer answer) {
        int limit = (int) params.number("limit", 1, AUDIT_MAX, AUDIT_MAX / 10);
        AuditWanted newest = AuditWanted.newBuilder().setLimit(limit).build();
        auditPage(newest, answer, records -> {
            long first = records.isEmpty() ? 1 : records.getFirst().getIndex();
            long wanted = Math.max(1, first - (limit - records.size()));
            olderAudit(new ArrayList<>(), wanted, first, answer, older -> {
                older.addAll(records);
                answer.result(Map.of(
                        "records", older.stream().map(Shapes.AuditLine::of).toList()));
            });
        });
    }

    /** A frame of the hub holds a hundred records or so: those before the newest come in further ones. */
    private void olderAudit(
            List<AuditRecord> sofar, long from, long end, LocalAnswer answer, Consumer<List<AuditRecord>> then) {
        if (from >= end) {
            then.accept(sofar);
            return;
        }
        AuditWanted page = AuditWanted.newBuilder()
                .setFrom(from)
                .setLimit((int) (end - from))
                .build();
        auditPage(page, answer, records -> {
            sofar.addAll(records);
            long next = records.isEmpty() ? end : records.getLast().getIndex() + 1;
            olderAudit(sofar, next, end, answer, then);
        });
    }

    private void auditPage(AuditWanted wanted, LocalAnswer answer, Consumer<List<AuditRecord>> then) {
        node.ask(
                Query.newBuilder().setAudit(wanted).build(),
                reply -> then.accept(reply.getAudit().getRecordsList()),
                answer::error);
    }

    private void passwd(Params params, LocalAnswer answer) {
        SetPassword set = SetPassword.newBuilder()
                .setOldPassword(params.text("oldPassword"))
                .setNewPassword(params.text("newPassword"))
                .build();
        api.change(Command.newBuilder().setSetPassword(set).build(), answer);
    }

    /** A process with a hub of its own answers this itself; here the hub of the session is asked. */
    private void hubStatus(LocalAnswer answer) {
        Query query = Query.newBuilder()
                .setHubStatus(HubStatusWanted.getDefaultInstance())
                .build();
        api.ask(query, answer, reply -> Shapes.HubState.of(reply.getHubStatus(), node));
    }
}
