import { setTimeout as sleep } from "node:timers/promises";
import { CountError } from "../domain/count-error.ts";
import type { Io } from "./io.ts";

const FIRST_PAUSE_MS = 1_000;

export interface RetriedOptions {
  /** The command, as its messages begin: `count rollup`. */
  readonly command: string;
  /** How often in all, pausing 1, 2, 4 … seconds. */
  readonly attempts: number;
  readonly io: Pick<Io, "stderr">;
  readonly signal: AbortSignal;
}

/** Calls again while the server is away. Only for calls that may be repeated even when their answer was lost. */
export async function retried<Result>(call: () => Promise<Result>, options: RetriedOptions): Promise<Result> {
  const { command, attempts, io, signal } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { code, message } = CountError.from(error);
      if ((code !== "unavailable" && code !== "timeout") || attempt === attempts) throw error;
      const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1);
      const reason = message.split("\n", 1).join("");
      io.stderr.write(`${command}: ${reason}; trying again in ${pauseMs / 1_000} s (${attempt} of ${attempts})\n`);
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
