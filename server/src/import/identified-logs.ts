import { type CountedAs, type IdentifiedLog, identify } from "./identify.ts";
import type { LogSource } from "./log-source.ts";
import { type Spooled, spool } from "./spool.ts";

/**
 * Identifies logs, of which pipes are kept in temporary files for that, and runs something with them.
 *
 * @returns undefined when it was interrupted before `use`
 * @throws CountError when a pipe cannot be read or kept; and what `use` throws
 */
export async function withIdentifiedLogs<Result>(
  sources: readonly LogSource[],
  as: CountedAs,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
  use: (logs: readonly IdentifiedLog[]) => Promise<Result>,
): Promise<Result | undefined> {
  const spools: Spooled[] = [];
  try {
    const logs: IdentifiedLog[] = [];
    for (const source of sources) {
      let file = source;
      if (source.size === undefined) {
        const spooled = await spool(source, signal, onRead);
        spools.push(spooled);
        file = spooled.source;
      }
      const log = signal.aborted ? undefined : await identify(file, as, signal, onRead);
      if (log === undefined) return undefined;
      logs.push(log);
    }
    return await use(logs);
  } finally {
    for (const spooled of spools) await spooled[Symbol.asyncDispose]();
  }
}
