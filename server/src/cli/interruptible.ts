import { onStopSignal } from "../serve/signals.ts";

/**
 * Runs something that a user may interrupt: the first SIGINT or SIGTERM fires the signal, the second ends the process.
 *
 * Without a handler, a process that is the first of its container would ignore both.
 */
export async function interruptible<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const abort = new AbortController();
  const stopListening = onStopSignal(
    process,
    () => abort.abort(),
    (code) => process.exit(code),
  );
  try {
    return await run(abort.signal);
  } finally {
    stopListening();
  }
}
