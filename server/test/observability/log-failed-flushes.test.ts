import { expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { logFailedFlushes } from "../../src/observability/log-failed-flushes.ts";
import { Told } from "../ingest/ingest-support.ts";

test("Why flushes fail is logged at most once in ten seconds, with how many there were, and every one is counted", () => {
  const lines: object[] = [];
  const told = new Told();
  let nowMs = 5;
  const observer = logFailedFlushes(told, { error: (fields) => lines.push(fields) }, () => nowMs);
  const full = new CountError("unavailable", "the disk is full");
  observer.flushFailed(3, full);
  nowMs += 9_999;
  observer.flushFailed(4, full);
  expect(lines).toEqual([{ flushes: 1, requests: 3, code: "unavailable", reason: "the disk is full" }]);
  nowMs += 1;
  observer.flushFailed(5, full);
  expect(lines[1]).toEqual({ flushes: 2, requests: 9, code: "unavailable", reason: "the disk is full" });
  expect(told.failed).toBe(12);
});
