import { type RefusalReason, RefusalReasonSchema, type Refused } from "@count/proto";

const PREFIX = "REFUSAL_REASON_";
const NAMES = new Map<RefusalReason, string>(
  RefusalReasonSchema.values.map(({ number, name }) => [number, name.slice(PREFIX.length)]),
);

/** `path_invalid` of REFUSAL_REASON_PATH_INVALID; `unspecified` for a reason that is newer than this client. */
export function reasonName(reason: RefusalReason): string {
  return (NAMES.get(reason) ?? "UNSPECIFIED").toLowerCase();
}

/** Totals by the lowercase name of the reason. */
export type RefusedByReason = Readonly<Record<string, number>>;

/**
 * What servers have answered for. A server tells what it refused as totals of a client id; a sender may go through
 * several ids, so their totals are added up.
 */
export class Ledger {
  /** Requests of batches that a server has answered for: stored + refused. */
  acknowledged = 0;

  #former: Record<string, number> = {};
  #known: RefusedByReason = {};
  #current: RefusedByReason = {};

  /** From now on totals are those of another client id. `known` has been accounted for already, in an earlier process. */
  changeIdentity(known: RefusedByReason = {}): void {
    this.#former = this.refused();
    this.#known = known;
    this.#current = known;
  }

  /** The server's totals for the current client id. They never fall, not even when its database was restored. */
  setRefused(refused: readonly Refused[]): void {
    if (refused.length === 0) return;
    const totals = { ...this.#current };
    for (const { reason, count } of refused) {
      const name = reasonName(reason);
      totals[name] = Math.max(totals[name] ?? 0, Number(count));
    }
    this.#current = totals;
  }

  /** What a server refused without Record's totals. */
  addRefused(reason: string, requests: number): void {
    this.#former[reason] = (this.#former[reason] ?? 0) + requests;
  }

  /** The totals of the current client id, as the server told them. */
  currentTotals(): RefusedByReason {
    return this.#current;
  }

  /** What was refused, under every client id. Reasons that never occurred are absent. */
  refused(): Record<string, number> {
    const sum = { ...this.#former };
    for (const [reason, count] of Object.entries(this.#current)) {
      const added = count - (this.#known[reason] ?? 0);
      if (added > 0) sum[reason] = (sum[reason] ?? 0) + added;
    }
    return sum;
  }
}
