import { status } from "@grpc/grpc-js";
import type { Logger } from "../logger.ts";
import type { CallStatus } from "../transport/transport.ts";

/** How long nothing may be answered before it is worth a warning: a server that restarts is not. */
const WARN_AFTER_MS = 30_000;

/** Failures that waiting does not mend. */
const REFUSALS: ReadonlySet<status> = new Set([
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.INVALID_ARGUMENT,
  status.RESOURCE_EXHAUSTED,
]);

/** Warns, once for each outage, when delivery has failed for a while or is refused. */
export class Outage {
  readonly #logger: Logger;
  readonly #monotonicNow: () => number;
  #sinceMs: number | undefined;
  #isTold = false;

  constructor(logger: Logger, monotonicNow: () => number) {
    this.#logger = logger;
    this.#monotonicNow = monotonicNow;
  }

  failed({ code, details }: CallStatus): void {
    const now = this.#monotonicNow();
    this.#sinceMs ??= now;
    if (this.#isTold) return;
    if (REFUSALS.has(code)) this.#logger.warn(`the server refuses this client, which goes on trying: ${details}`);
    else if (now - this.#sinceMs >= WARN_AFTER_MS) {
      this.#logger.warn(`no server has answered for ${WARN_AFTER_MS / 1_000} s; counts wait: ${details}`);
    } else return;
    this.#isTold = true;
  }

  over(): void {
    this.#sinceMs = undefined;
    this.#isTold = false;
  }
}
