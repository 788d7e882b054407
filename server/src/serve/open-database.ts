import { CountError } from "../domain/count-error.ts";
import { pause } from "./watch-database.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 2_000;

/** How the schema of a database compares with what this program knows. */
export type SchemaState =
  /** Migrations are missing; `reason` says which. */
  { readonly usable: false; readonly reason: string } | { readonly usable: true };

export interface DatabaseSteps<Database> {
  /** One try. */
  connect(): Promise<Database>;
  /** Undefined: somebody else migrates. */
  readonly migrate: (() => Promise<void>) | undefined;
  schemaState(database: Database): Promise<SchemaState>;
}

export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Why it is not there yet; each time it changes or is tried again. */
  readonly onWait: (reason: string) => void;
  /** The longest time between two tries, in milliseconds. Default 2,000. */
  readonly longestPauseMs?: number;
}

/**
 * A database with a schema that this program can use, waiting for both as long as it takes: where programs are started
 * together, the database comes when it comes. What waiting cannot mend (a wrong password, a database that does not
 * exist) fails at once.
 *
 * @returns the database; `acquired` was told of it as soon as it was connected, so that it is released whatever follows
 * @throws CountError `cancelled` when the signal is aborted; `invalid` or `precondition` for what has to be corrected
 */
export async function openDatabase<Database>(
  steps: DatabaseSteps<Database>,
  acquired: (database: Database) => void,
  options: WaitOptions,
): Promise<Database> {
  const database = await persist(() => steps.connect(), options);
  acquired(database);
  const { migrate } = steps;
  if (migrate !== undefined) await persist(() => migrate(), options);
  await persist(async () => {
    const state = await steps.schemaState(database);
    if (!state.usable) throw new CountError("unavailable", state.reason);
  }, options);
  return database;
}

/** Tries until it works, the signal is aborted, or it fails for good. */
async function persist<Result>(attempt: () => Promise<Result>, options: WaitOptions): Promise<Result> {
  const { signal, onWait, longestPauseMs = LONGEST_PAUSE_MS } = options;
  for (let pauseMs = Math.min(FIRST_PAUSE_MS, longestPauseMs); ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    throwIfAborted(signal);
    try {
      return await attempt();
    } catch (error) {
      const { code, message } = CountError.from(error);
      if (signal.aborted || !(code === "unavailable" || code === "timeout")) throw error;
      onWait(message);
    }
    await pause(pauseMs, signal);
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new CountError("cancelled", "the start was cancelled", signal.reason);
}
