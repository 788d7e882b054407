import { RefusalReason } from "@count/proto";

/** Why a request is refused, for the one who sent it. Each says what is accepted. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** Names the field, the value and what is accepted. */
  readonly message: string;
}

export function refusal(reason: RefusalReason, message: string): Refusal {
  return { reason, message };
}

/** Every reason but UNSPECIFIED, ascending: the n-th element of `count.clients.refused` belongs to the n-th. */
export const REFUSAL_REASONS: readonly RefusalReason[] = [
  RefusalReason.METHOD_UNKNOWN,
  RefusalReason.PATH_INVALID,
  RefusalReason.SERVICE_INVALID,
  RefusalReason.TIMESTAMP_INVALID,
  RefusalReason.TIMESTAMP_AHEAD,
  RefusalReason.TIMESTAMP_BEHIND,
  RefusalReason.BATCH_MALFORMED,
  RefusalReason.SERVICE_FORBIDDEN,
];
