import fc from "fast-check";
import type { Database } from "../../src/db/database.ts";
import { CountError } from "../../src/domain/count-error.ts";

/**
 * What breaks around a statement: nothing, its answer is lost and it is sent again (as PoolDatabase does), it is given up
 * before it was sent, or after it was committed, or while it is still under way.
 */
export type Fault = "none" | "repeated" | "failed" | "answer lost" | "still running";

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Takes its faults from a list, in turn, then none. */
export function faulty(
  database: Pick<Database, "run">,
  faults: readonly Fault[],
  running: Set<Promise<unknown>>,
): Pick<Database, "run"> {
  let next = 0;
  return {
    run: async (statement, values, options) => {
      const fault = statement.name.startsWith("commit-flush") ? (faults[next++] ?? "none") : "none";
      // While it is under way, the group after it fills.
      if (fault !== "none") await pause(20);
      const once = () => database.run<never>(statement, values, options);
      if (fault === "failed") throw new CountError("unavailable", "not sent");
      if (fault === "still running") {
        const ghost = once().catch(() => undefined);
        running.add(ghost);
        throw new CountError("unavailable", "given up");
      }
      const rows = await once();
      if (fault === "answer lost") throw new CountError("unavailable", "the answer is lost");
      return fault === "repeated" ? once() : rows;
    },
  };
}

const fault = fc.oneof(
  { arbitrary: fc.constant<Fault>("none"), weight: 3 },
  fc.constantFrom<Fault>("repeated", "failed", "answer lost", "still running"),
);
export const faults = fc.tuple(fc.array(fault, { maxLength: 12 }), fc.array(fault, { maxLength: 12 }));
