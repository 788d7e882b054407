import type { BenchPostgres } from "../postgres/bench-postgres.ts";
import { cpuSecondsOf, peakBytesOf, resetPeak } from "./proc.ts";
import type { PerPart, Sample } from "./sample.ts";

type Part = number | readonly (number | undefined)[] | undefined;

/** Whose use of the machine is told: process ids; nothing, or undefined, for a part that takes no part. */
export interface Parts {
  readonly server?: Part;
  /** Several are added up, their peaks too. */
  readonly client?: Part;
  readonly postgres: BenchPostgres;
}

export interface Work {
  readonly events: number;
  readonly seconds: number;
  readonly more?: Sample["more"];
}

/** Runs some work from a checkpoint on, and tells what it used of the machine. */
export async function metered(parts: Parts, work: () => Promise<Work>): Promise<Sample> {
  const { server, client, postgres } = parts;
  await postgres.checkpoint();
  for (const pid of [server, client].flat()) if (pid !== undefined) await resetPeak(pid);
  const wal = await postgres.walBytes();
  const before = await cpuOf(parts);
  const { events, seconds, more } = await work();
  const after = await cpuOf(parts);
  return {
    events,
    seconds,
    cpuSeconds: {
      server: minus(after.server, before.server),
      postgres: minus(after.postgres, before.postgres),
      client: minus(after.client, before.client),
    },
    peakBytes: { server: await peakOf(server), client: await peakOf(client) },
    walBytes: (await postgres.walBytes()) - wal,
    ...(more && { more }),
  };
}

async function cpuOf({ server, client, postgres }: Parts): Promise<PerPart> {
  const [ofServer, ofPostgres, ofClient] = await Promise.all([server, postgres.pid, client].map(cpuOfPart));
  return { server: ofServer, postgres: ofPostgres, client: ofClient };
}

function cpuOfPart(part: Part): Promise<number | undefined> {
  return sumOf(part, cpuSecondsOf);
}

function peakOf(part: Part): Promise<number | undefined> {
  return sumOf(part, peakBytesOf);
}

async function sumOf(part: Part, of: (pid: number) => Promise<number | undefined>): Promise<number | undefined> {
  const pids = typeof part === "object" ? part : [part];
  let sum = 0;
  for (const pid of pids) {
    const value = pid === undefined ? undefined : await of(pid);
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

function minus(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
