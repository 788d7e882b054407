/** Why a call of this package failed, in terms that a caller can act on. */
export type CountClientErrorCode =
  /** An option, or an input, will never be accepted. */
  | "invalid"
  /** The directory of the queue belongs to another process. */
  | "in-use"
  /** The server does not have Record. */
  | "unimplemented"
  /** The server has forgotten what it acknowledged, or knows more than there is. */
  | "identity"
  /** The server refuses the sender: PERMISSION_DENIED or UNAUTHENTICATED. */
  | "denied"
  /** The caller's signal was aborted. */
  | "cancelled"
  /** There was no progress for as long as was allowed. */
  | "timeout";

/** The one error class of this package. It keeps its cause. `record()` never throws it, or anything. */
export class CountClientError extends Error {
  readonly code: CountClientErrorCode;

  constructor(code: CountClientErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CountClientError";
    this.code = code;
  }
}
