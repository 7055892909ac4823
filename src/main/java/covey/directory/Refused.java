package covey.directory;

import covey.wire.proto.CommandResult;
import covey.wire.proto.ErrorCode;
import covey.wire.proto.Problem;

/**
 * A command or query that breaks a rule: the answer is a result with a sentence, never a failure of the hub. Whatever
 * the command changed before is undone. Carries no stack trace: it is an answer, and a cheap one.
 */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient CommandResult result;

    public Refused(ErrorCode code, String sentence) {
        this(CommandResult.newBuilder()
                .setProblem(Problem.newBuilder().setCode(code).setMessage(sentence))
                .build());
    }

    /** For refusals that carry a value, such as the devices that a deposit missed. */
    public Refused(CommandResult result) {
        super(result.getProblem().getMessage(), null, false, false);
        this.result = result;
    }

    /** What was asked for makes no sense. */
    public static Refused bad(String sentence) {
        return new Refused(ErrorCode.BAD_REQUEST, sentence);
    }

    public static Refused denied(String sentence) {
        return new Refused(ErrorCode.DENIED, sentence);
    }

    public static Refused notFound(String sentence) {
        return new Refused(ErrorCode.NOT_FOUND, sentence);
    }

    public static Refused conflict(String sentence) {
        return new Refused(ErrorCode.CONFLICT, sentence);
    }

    public static Refused overLimit(String sentence) {
        return new Refused(ErrorCode.OVER_LIMIT, sentence);
    }

    public ErrorCode code() {
        return result.getProblem().getCode();
    }

    public Problem problem() {
        return result.getProblem();
    }

    public CommandResult result() {
        return result;
    }
}
