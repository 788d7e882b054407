import { CountError } from "../domain/count-error.ts";
import { backoffMs, sleep } from "./backoff.ts";
import type { ConnectionSettings } from "./connection-config.ts";
import { toCountError } from "./connection-pool.ts";
import { probeServer, type ServerProbe } from "./server-probe.ts";
import { explainDatabaseError } from "./sqlstate.ts";

/** No such database: whoever makes the server may make the database a moment later. */
const NO_DATABASE = "3D000";

export interface WaitForDatabaseOptions {
  /** For how long, in ms. 0 is a single try. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Told after every try that failed, with the reason and the time since the start in ms. */
  readonly onWaiting?: (reason: string, waitedMs: number) => void;
}

/**
 * Waits until a database answers that may not be there yet: its server not started, its name not resolving, the database
 * not created. What waiting cannot change, such as a wrong password, fails at once.
 *
 * @throws CountError `unavailable` when it is not there in time, `precondition`, `cancelled`
 */
export async function waitForDatabase(
  settings: ConnectionSettings,
  { waitMs, signal, onWaiting }: WaitForDatabaseOptions,
): Promise<ServerProbe> {
  const started = performance.now();
  for (let tries = 1; ; tries++) {
    try {
      return await probeServer(settings, signal);
    } catch (error) {
      const failure = explainDatabaseError(error);
      if (error instanceof CountError || !(failure.retry !== "no" || isMissing(error))) throw toCountError(error);
      const waitedMs = performance.now() - started;
      const delayMs = backoffMs(tries);
      if (waitedMs + delayMs > waitMs) {
        const seconds = (waitedMs / 1_000).toFixed(1);
        throw new CountError("unavailable", `waited ${seconds} s for the database: ${failure.message}`, error);
      }
      onWaiting?.(failure.message, waitedMs);
      await sleep(delayMs, signal);
    }
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === NO_DATABASE;
}
