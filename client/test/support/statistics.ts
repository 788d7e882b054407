import { expect } from "@jest/globals";
import type { CloseReport, DropReason } from "../../src/index.ts";

/** `dropped` of statistics, with what is not 0. */
export function dropped(reasons: Partial<Record<DropReason, number>> = {}): Record<DropReason, number> {
  return {
    invalid: 0,
    path_invalid: 0,
    service_invalid: 0,
    too_many_keys: 0,
    queue_full: 0,
    expired: 0,
    disk_damaged: 0,
    closed: 0,
    internal: 0,
    ...reasons,
  };
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** recorded = acknowledged + dropped + pending */
export function expectInvariant(report: CloseReport): void {
  expect(report.acknowledged + sumOf(report.dropped) + report.pending).toBe(report.recorded);
}
