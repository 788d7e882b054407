import { randomUUID } from "node:crypto";
import { CountError } from "../domain/count-error.ts";
import type { Database, Statement } from "./database.ts";

/** @param values holder, length in ms. Nobody's, an expired one, or the holder's own: the last makes it safe to send twice. */
const TAKE: Statement = {
  name: "take-migration-lease",
  text: `
insert into count.migration_lease as lease (id, holder, fence, expires_at)
values (1, $1::uuid, 1, clock_timestamp() + $2::float8 * interval '1 millisecond')
on conflict (id) do update
set holder = excluded.holder, fence = lease.fence + 1, expires_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
where lease.expires_at <= clock_timestamp() or lease.holder = excluded.holder
returning fence`,
};

/** @param values holder, fence, length in ms; a length of 0 gives the lease back. */
const EXTEND: Statement = {
  name: "extend-migration-lease",
  text: `
update count.migration_lease
set expires_at = clock_timestamp() + $3::float8 * interval '1 millisecond'
where id = 1 and holder = $1::uuid and fence = $2::bigint
returning fence`,
};

/** How often the holder says that it is alive: so many times in the length of a lease. */
const BEATS = 3;

interface FenceRow {
  readonly fence: bigint;
}

/**
 * The right to migrate, held by one process at a time: a row that expires by the database's clock, so that a holder that
 * was killed is succeeded, and clocks of other machines do not matter.
 *
 * held → given back (by {@link MigrationLease.release}), or held → lost (`lost` is aborted): somebody else took it after it
 * had expired, or it could not be extended in time. A holder that lost it must stop at once.
 */
export class MigrationLease {
  readonly holder: string;
  /** Greater than that of every holder before. */
  readonly fence: bigint;
  /** Aborted with a CountError when the lease is lost. */
  readonly lost: AbortSignal;
  readonly #database: Database;
  readonly #lengthMs: number;
  readonly #losing = new AbortController();
  readonly #ending = new AbortController();
  /** By this process's monotonic clock, no later than by the database's. */
  #expiresAt: number;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  private constructor(database: Database, lengthMs: number, holder: string, fence: bigint, expiresAt: number) {
    this.holder = holder;
    this.fence = fence;
    this.lost = this.#losing.signal;
    this.#database = database;
    this.#lengthMs = lengthMs;
    this.#expiresAt = expiresAt;
    this.#schedule();
  }

  /** Takes the lease if it is free. Undefined if somebody has it. @throws CountError */
  static async tryTake(
    database: Database,
    lengthMs: number,
    signal?: AbortSignal,
  ): Promise<MigrationLease | undefined> {
    const holder = randomUUID();
    const sentAt = performance.now();
    const [row] = await database.run<FenceRow>(TAKE, [holder, lengthMs], signal && { signal });
    return row && new MigrationLease(database, lengthMs, holder, row.fence, sentAt + lengthMs);
  }

  /** Gives the lease back, so that the next one need not wait. Never rejects: it would expire anyway. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ending.abort();
    await this.#beating;
    if (!this.lost.aborted) await this.#extend(0, AbortSignal.timeout(this.#lengthMs)).catch(() => false);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat();
    }, this.#lengthMs / BEATS);
  }

  async #beat(): Promise<void> {
    const sentAt = performance.now();
    const late = AbortSignal.timeout(Math.max(0, Math.floor(this.#expiresAt - sentAt)));
    try {
      if (await this.#extend(this.#lengthMs, AbortSignal.any([late, this.#ending.signal]))) {
        this.#expiresAt = sentAt + this.#lengthMs;
        if (!this.#ending.signal.aborted) this.#schedule();
      } else {
        this.#lose(new CountError("unavailable", "another process took the migration lease after it had expired"));
      }
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      this.#lose(
        new CountError("unavailable", `the migration lease could not be extended for ${this.#lengthMs} ms`, error),
      );
    }
  }

  #lose(reason: CountError): void {
    this.#losing.abort(reason);
  }

  async #extend(lengthMs: number, signal: AbortSignal): Promise<boolean> {
    return (await this.#database.run<FenceRow>(EXTEND, [this.holder, this.fence, lengthMs], { signal })).length > 0;
  }
}
