/** What is to be flushed when the event loop has nothing left to do. */
const flushes = new Set<() => void>();

function onBeforeExit(): void {
  for (const flush of [...flushes]) flush();
}

/** Calls `flush` when the process is about to end by itself, once; not on process.exit() or a signal. Returns its undoing. */
export function atExit(flush: () => void): () => void {
  const once = (): void => {
    undo();
    flush();
  };
  const undo = (): void => {
    flushes.delete(once);
    if (flushes.size === 0) process.off("beforeExit", onBeforeExit);
  };
  // One listener, however many counters there are: each would count towards Node's limit of ten.
  if (flushes.size === 0) process.on("beforeExit", onBeforeExit);
  flushes.add(once);
  return undo;
}
