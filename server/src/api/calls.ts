import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";

/** What a call is made with: whose it is, and when to give up. */
export interface CallContext {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** How long it may take, in milliseconds; DEADLINE_EXCEEDED after that. */
  readonly maxCallMs: number;
  /** What the caller showed, as gRPC has it in its metadata: `Bearer …`; undefined for nothing. */
  readonly authorization: string | undefined;
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
