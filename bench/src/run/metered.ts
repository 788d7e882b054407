import type { BenchPostgres } from "../postgres/bench-postgres.ts";
import { cpuSecondsOf, peakBytesOf, resetPeak } from "./proc.ts";
import type { PerPart, Sample } from "./sample.ts";

/** Whose use of the machine is told: process ids, undefined for a part that takes no part. */
export interface Parts {
  readonly server?: number | undefined;
  readonly client?: number | undefined;
  readonly postgres: BenchPostgres;
}

export interface Work {
  readonly events: number;
  readonly seconds: number;
}

/** Runs some work from a checkpoint on, and tells what it used of the machine. */
export async function metered(parts: Parts, work: () => Promise<Work>): Promise<Sample> {
  const { server, client, postgres } = parts;
  await postgres.checkpoint();
  for (const pid of [server, client]) if (pid !== undefined) await resetPeak(pid);
  const wal = await postgres.walBytes();
  const before = await cpuOf(parts);
  const { events, seconds } = await work();
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
  };
}

async function cpuOf({ server, client, postgres }: Parts): Promise<PerPart> {
  const [ofServer, ofPostgres, ofClient] = await Promise.all([server, postgres.pid, client].map(cpuOfPart));
  return { server: ofServer, postgres: ofPostgres, client: ofClient };
}

function cpuOfPart(pid: number | undefined): Promise<number | undefined> {
  return pid === undefined ? Promise.resolve(undefined) : cpuSecondsOf(pid);
}

function peakOf(pid: number | undefined): Promise<number | undefined> {
  return pid === undefined ? Promise.resolve(undefined) : peakBytesOf(pid);
}

function minus(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
