import type { Bundle } from "../fixtures/bundle.ts";
import { Load } from "../fixtures/client-pod.ts";
import { sumOf } from "../fixtures/totals.ts";
import type { LoadReport } from "../pods/messages.ts";
import { same } from "../support/same.ts";

const PODS = 2;
const SHAPE = { counters: 10, paths: 20, maxBurst: 10, maxPauseMs: 100, sealAfterMs: 200 };

/** The days of every request of a run, today's pending ones included. */
export const EVERYTHING = ["--from", "2000-01-01", "--sum", "--pending"];

/**
 * Does something to a bundle while clients in pods record without a pause, and then holds what is stored against what the clients
 * have sent, method by method and path by path.
 *
 * @param service of the requests; nothing else may use it
 * @returns the figures, for people
 */
export async function underLoad(
  bundle: Bundle,
  service: string,
  step: (line: string) => void,
  does: () => Promise<void>,
): Promise<string> {
  step(`starting ${PODS} pods of ${SHAPE.counters} clients`);
  const load = await Load.start(bundle.kubectl, PODS, { target: bundle.target, service, ...SHAPE });
  await does();
  step("stopping the clients, and adding up");
  const reports = await load.stop();
  const sent = new Map<string, number>();
  for (const report of reports) {
    check(report);
    for (const [key, count] of Object.entries(report.sent)) {
      sent.set(`${service} ${key}`, (sent.get(`${service} ${key}`) ?? 0) + count);
    }
  }
  const stored = await bundle.totals([...EVERYTHING, "--service", service]);
  same("stored = sent, by service, method and path", sorted(stored), sorted(sent));
  const total = (of: (report: LoadReport) => number): number => reports.reduce((sum, report) => sum + of(report), 0);
  const resent = total((report) => report.batchesResent);
  return `${sumOf(stored)} stored = ${sumOf(sent)} sent; ${total((report) => report.failures)} streams failed, ${resent} batches resent`;
}

/** @throws Error when a client lost, dropped or was refused anything */
function check({ sent, violations, ...report }: LoadReport): void {
  const requests = Object.values(sent).reduce((sum, count) => sum + count, 0);
  const { recorded, acknowledged, dropped, refused, pending } = report;
  same(
    "the clients",
    { recorded, acknowledged, dropped, refused, pending, violations },
    {
      recorded: requests,
      acknowledged: requests,
      dropped: 0,
      refused: 0,
      pending: 0,
      violations: [],
    },
  );
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
