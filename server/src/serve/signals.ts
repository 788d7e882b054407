const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

export type StopSignal = keyof typeof NUMBERS;

/** The little of a process that is needed here. */
export interface SignalSource {
  on(name: StopSignal, listener: (name: StopSignal) => void): unknown;
  off(name: StopSignal, listener: (name: StopSignal) => void): unknown;
}

/**
 * Tells of the first signal to stop, and ends the process at the second with the exit code that shells know (130, 143).
 *
 * @returns how to stop listening
 */
export function onStopSignal(
  source: SignalSource,
  first: (name: StopSignal) => void,
  exit: (code: number) => void,
): () => void {
  let signalled = false;
  const heard = (name: StopSignal) => {
    if (signalled) {
      exit(128 + NUMBERS[name]);
      return;
    }
    signalled = true;
    first(name);
  };
  const names = Object.keys(NUMBERS) as StopSignal[];
  for (const name of names) source.on(name, heard);
  return () => {
    for (const name of names) source.off(name, heard);
  };
}
