import type { Database } from "../db/database.ts";
import { CountError } from "../domain/count-error.ts";
import { applyPathRules } from "./apply-path-rules.ts";
import { type Policy, readPolicy, UNKNOWN_POLICY } from "./policy.ts";

export interface PolicyWatchOptions {
  readonly database: Pick<Database, "run">;
  /** Hears each policy that differs from the one before. Must not throw. */
  readonly onChange: (policy: Policy) => void;
  /** Hears why the policy could not be read. Must not throw. */
  readonly onError?: (error: CountError) => void;
  /** Between two reads, in milliseconds. Default 5,000. */
  readonly intervalMs?: number;
  /** After so many reads that find rules which not every method follows, this server lets them. Default 3. */
  readonly patience?: number;
}

/**
 * Knows what operators decided, some seconds after they did.
 *
 * open (reads every few seconds, or when it is asked to) → closed.
 */
export class PolicyWatch {
  readonly #options: PolicyWatchOptions;
  readonly #stop = new AbortController();
  #current: Policy = UNKNOWN_POLICY;
  #reading: Promise<Policy> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unapplied = 0;

  constructor(options: PolicyWatchOptions) {
    this.#options = options;
  }

  get current(): Policy {
    return this.#current;
  }

  /** Reads for the first time, and then every few seconds. A failure is told, and tried again. Never rejects. */
  async start(): Promise<void> {
    await this.#read();
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => void this.start(), this.#options.intervalMs ?? 5_000);
    this.#timer.unref();
  }

  /** Reads now; those who ask at the same time read together. @throws CountError */
  refresh(): Promise<Policy> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort(new CountError("unavailable", "the server is stopping"));
    await this.#reading?.catch(() => undefined);
  }

  async #readOnce(): Promise<Policy> {
    const { database, onChange } = this.#options;
    const policy = await readPolicy(database, this.#current, this.#stop.signal);
    const known = this.#current;
    this.#current = policy;
    if (policy.version !== known.version || policy.totalsFrom !== known.totalsFrom) onChange(policy);
    return policy;
  }

  async #read(): Promise<void> {
    try {
      const policy = await this.refresh();
      this.#unapplied = policy.isApplied ? 0 : this.#unapplied + 1;
      if (this.#unapplied < (this.#options.patience ?? 3)) return;
      // Whoever set them has not come to the end.
      await applyPathRules(this.#options.database, policy, this.#stop.signal);
      this.#unapplied = 0;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#options.onError?.(CountError.from(error));
    }
  }
}
