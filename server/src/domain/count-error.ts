/**
 * Why something failed, in terms that a caller can act on. Each code has one gRPC status (`rpc/status.ts`) and one exit
 * code (`cli/exit-code.ts`).
 */
export type CountErrorCode =
  /** The caller sent something that will never be accepted. */
  | "invalid"
  /** What was asked for lies outside of what is kept. */
  | "out-of-range"
  /** What was asked for does not exist. */
  | "not-found"
  /** The database, or the server, is away or busy; the same call may succeed later. */
  | "unavailable"
  /** The call is right, but not now: a gap in batch numbers, a schema that is too old. */
  | "precondition"
  /** Something is full. */
  | "exhausted"
  /** The caller stopped waiting. */
  | "cancelled"
  /** A limit on waiting passed. */
  | "timeout"
  /** The caller has not shown who it is, or is not known. */
  | "unauthenticated"
  /** The caller is known, and may not do this. */
  | "forbidden"
  /** A fault of Count itself. */
  | "internal";

/** The one error class of the server. It keeps its cause. */
export class CountError extends Error {
  readonly code: CountErrorCode;

  constructor(code: CountErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CountError";
    this.code = code;
  }

  /** Whatever was thrown, as a CountError. An error of another class becomes `internal` and is kept as the cause. */
  static from(error: unknown): CountError {
    if (error instanceof CountError) return error;
    if (error instanceof Error && error.name === "AbortError") return new CountError("cancelled", error.message, error);
    return new CountError("internal", error instanceof Error ? error.message : String(error), error);
  }
}
