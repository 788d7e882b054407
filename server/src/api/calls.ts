import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { Shown } from "../auth/authenticator.ts";

/** What a call is made with: whose it is, and when to give up. */
export interface CallContext {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** How long it may take, in milliseconds; DEADLINE_EXCEEDED after that. */
  readonly maxCallMs: number;
  /** What the caller shows of itself. */
  readonly shown: Shown;
}

/**
 * Makes a unary call of count.v1 in this process, as if it had come over gRPC: with the same checks, rights and metrics.
 *
 * @throws an error with the `code` and the `details` of a gRPC status
 */
export type CallUnary = <Request extends DescMessage, Response extends DescMessage>(
  method: DescMethodUnary<Request, Response>,
  request: MessageShape<Request>,
  context: CallContext,
) => Promise<MessageShape<Response>>;
