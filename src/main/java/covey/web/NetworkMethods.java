package covey.web;

import covey.courier.PathKind;
import covey.directory.DirectoryView;
import covey.env.Loop.Cancellable;
import covey.identity.Words;
import covey.peer.HubStatus;
import covey.peer.PeerEvent;
import covey.peer.PeerNode;
import covey.peer.RouteState;
import covey.wire.Base32;
import covey.wire.DeviceId;
import covey.wire.Names;
import covey.wire.WireException;
import covey.wire.proto.BlockAccount;
import covey.wire.proto.Command;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Role;
import java.io.ByteArrayOutputStream;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who is where, how they are reached, and whether they are who they say. */
final class NetworkMethods {
    private static final long WAIT_MILLIS_MAX = 600_000;

    /** Changes of presence come in bunches: one picture shows them all. */
    private static final long WATCH_MILLIS = 200;

    /** Enough of a device's id that no two are mixed up by a typing error. */
    private static final int DEVICE_CHARS_MIN = 8;

    private final PeerNode node;
    private final PeerApi api;

    NetworkMethods(PeerNode node, PeerApi api) {
        this.node = node;
        this.api = api;
    }

    void addTo(LocalMethods methods) {
        methods.add("status", "wait timeoutMillis", this::status)
                .add("whoami", "", (params, answer) -> answer.result(whoAmI()))
                .add("ls", "", (params, answer) -> answer.result(people()))
                .add("ls.watch", "", this::watch)
                .add("why", "account", this::why)
                .add("verify", "account", this::verify)
                .add("block", "account blocked", this::block)
                .add("account.ls", "", (params, answer) -> answer.result(people()));
    }

    private void status(Params params, LocalAnswer answer) {
        long waitMillis = params.number("timeoutMillis", 0, WAIT_MILLIS_MAX, 30_000);
        if (!params.flag("wait") || node.isSettled()) {
            answer.result(status());
            return;
        }
        boolean[] isEnded = new boolean[1];
        Cancellable[] poll = {() -> {}};
        long end = node.env().clock().monotonicMillis() + waitMillis;
        Runnable look = new Runnable() {
            @Override
            public void run() {
                if (isEnded[0]) {
                    return;
                }
                if (node.isSettled() || node.env().clock().monotonicMillis() >= end) {
                    answer.result(status());
                } else {
                    poll[0] = node.loop().schedule(50, this);
                }
            }
        };
        answer.onCancel(() -> node.loop().execute(() -> isEnded[0] = true));
        look.run();
    }

    private Shapes.Status status() {
        HubStatus hub = node.hub();
        List<Shapes.Link> links = node.routes().stream()
                .filter(route -> route.path() != PathKind.NONE)
                .map(this::link)
                .toList();
        return new Shapes.Status(
                ProcessHandle.current().pid(),
                role(),
                node.account(),
                node.keys().id().toString(),
                node.settings().deviceName(),
                Base32.grouped(node.networkId().toByteArray()),
                node.networkName(),
                node.settings().home(),
                node.settings().version(),
                Shapes.Hub.of(hub),
                links,
                node.chat().queued(),
                node.chat().unread(),
                node.directory().size(),
                !node.fork().isEmpty(),
                node.fork(),
                node.warnings());
    }

    private Shapes.Link link(RouteState route) {
        String account = node.directory()
                .device(route.device())
                .map(DirectoryView.Device::account)
                .orElse("");
        return new Shapes.Link(
                account,
                route.device().toString(),
                Shapes.path(route.path()),
                route.why(),
                route.address(),
                route.rttMillis(),
                route.sinceMillis());
    }

    private Shapes.WhoAmI whoAmI() {
        return new Shapes.WhoAmI(
                node.account(),
                role(),
                node.keys().id().toString(),
                node.settings().deviceName(),
                Base32.grouped(node.networkId().toByteArray()),
                node.networkName());
    }

    private String role() {
        Optional<DirectoryView.Account> own = node.directory().account(node.account());
        return Shapes.role(own.map(DirectoryView.Account::role).orElse(Role.MEMBER));
    }

    Shapes.People people() {
        List<Shapes.Account> accounts = node.directory().accounts().stream()
                .map(account -> new Shapes.Account(
                        account.name(),
                        Shapes.role(account.role()),
                        node.isBlocked(account.name()),
                        account.disabled(),
                        node.directory().activeDevices(account.name()).stream()
                                .map(this::device)
                                .toList()))
                .toList();
        return new Shapes.People(accounts, Shapes.Hub.of(node.hub()));
    }

    private Shapes.Device device(DirectoryView.Device device) {
        boolean isSelf = device.id().equals(node.keys().id());
        Optional<RouteState> route = node.route(device.id());
        String link = Shapes.path(route.map(RouteState::path).orElse(PathKind.NONE));

        return new Shapes.Device(
                device.id().toString(),
                device.name(),
                state(node, device.id()),
                node.presentSinceMillis(device.id()),
                isSelf ? "self" : link,
                route.map(RouteState::why).orElse(""));
    }

    static String state(PeerNode node, DeviceId device) {
        if (device.equals(node.keys().id())) {
            return "self";
        }
        return node.isOnline(device) ? "online" : "offline";
    }

    private void watch(Params params, LocalAnswer answer) {
        boolean[] isPlanned = new boolean[1];
        Cancellable watch = node.watch(event -> {
            boolean isNews = event instanceof PeerEvent.Presence
                    || event instanceof PeerEvent.Path
                    || event instanceof PeerEvent.Directory
                    || event instanceof PeerEvent.Hub;
            if (isNews && !isPlanned[0]) {
                isPlanned[0] = true;
                node.loop().schedule(WATCH_MILLIS, () -> {
                    isPlanned[0] = false;
                    answer.event(people());
                });
            }
        });
        answer.onCancel(watch::cancel);
        answer.event(people());
    }

    private DirectoryView.Account account(Params params) {
        return account(node, Names.account(params.text("account")));
    }

    static DirectoryView.Account account(PeerNode node, String name) {
        return node.directory()
                .account(name)
                .orElseThrow(() -> new WireException(
                        ErrorCode.NOT_FOUND, "there is no account @" + name + " in this network; see: covey ls"));
    }

    private DirectoryView.Account other(Params params) {
        DirectoryView.Account account = account(params);
        boolean isOnlySelf = account.name().equals(node.account())
                && node.directory().activeDevices(account.name()).size() <= 1;
        if (isOnlySelf) {
            throw new WireException(
                    ErrorCode.BAD_REQUEST,
                    "@" + account.name() + " is you, and this is your only device; name somebody else");
        }
        return account;
    }

    private void why(Params params, LocalAnswer answer) {
        DirectoryView.Account account = other(params);
        List<Shapes.WhyDevice> devices = node.directory().activeDevices(account.name()).stream()
                .filter(device -> !device.id().equals(node.keys().id()))
                .map(this::why)
                .toList();
        answer.result(new Shapes.Why(account.name(), devices));
    }

    private Shapes.WhyDevice why(DirectoryView.Device device) {
        Optional<RouteState> route = node.route(device.id());
        boolean isOnline = node.isOnline(device.id());
        String idle = isOnline ? "nothing was sent lately, so no link is open" : "the device is offline";
        return new Shapes.WhyDevice(
                device.id().toString(),
                device.name(),
                isOnline,
                Shapes.path(route.map(RouteState::path).orElse(PathKind.NONE)),
                route.map(RouteState::why).orElse(idle),
                route.map(RouteState::attempts).orElse(List.of()));
    }

    /** Both sides hash the same keys in the same order, so both read the same words aloud. */
    private void verify(Params params, LocalAnswer answer) {
        DirectoryView.Account account = other(params);
        byte[] own = node.keys().publicKey();
        List<DirectoryView.Device> theirs = node.directory().activeDevices(account.name());
        List<Shapes.VerifyDevice> devices = theirs.stream()
                .filter(device -> !device.id().equals(node.keys().id()))
                .map(device -> new Shapes.VerifyDevice(
                        device.id().toString(),
                        Words.compare(own, device.publicKey().toByteArray())))
                .toList();
        byte[] ownKeys = keys(node.directory().activeDevices(node.account()));
        answer.result(new Shapes.Verify(account.name(), Words.compare(ownKeys, keys(theirs)), devices));
    }

    private static byte[] keys(List<DirectoryView.Device> devices) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        devices.stream()
                .sorted(Comparator.comparing(DirectoryView.Device::id))
                .forEach(device -> all.writeBytes(device.publicKey().toByteArray()));
        return all.toByteArray();
    }

    private void block(Params params, LocalAnswer answer) {
        String account = account(params).name();
        boolean isBlocked = params.flag("blocked");
        if (account.equals(node.account())) {
            throw params.refused("you cannot block yourself");
        }
        BlockAccount block = BlockAccount.newBuilder()
                .setAccount(account)
                .setBlocked(isBlocked)
                .build();
        api.change(Command.newBuilder().setBlockAccount(block).build(), answer, result -> {
            node.block(account, isBlocked);
            return Map.of();
        });
    }

    /** A device by its whole id or by the beginning of it, as screens show it. */
    static DirectoryView.Device byId(PeerNode node, String typed) {
        String wanted = typed.strip().toLowerCase(java.util.Locale.ROOT).replace("-", "");
        List<DirectoryView.Device> found = node.directory().accounts().stream()
                .flatMap(account -> account.devices().stream())
                .filter(id -> Base32.encode(id.toBytes()).startsWith(wanted))
                .map(id -> node.directory().device(id).orElseThrow())
                .toList();
        if (found.size() != 1 || wanted.length() < DEVICE_CHARS_MIN) {
            throw new WireException(
                    ErrorCode.NOT_FOUND,
                    found.size() > 1
                            ? "several devices begin with '" + typed + "'; give more of its id"
                            : "there is no device '" + typed + "' (give at least its first " + DEVICE_CHARS_MIN
                                    + " characters; see: covey device ls)");
        }
        return found.getFirst();
    }
}
