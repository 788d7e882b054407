import type { Select } from "./promql.ts";

/** An alert before it is known whose. */
export interface Alert {
  readonly name: string;
  /** How long it has to be so. */
  readonly minutes: number;
  /** @param service the value of the label `service`, for metrics that every process has */
  readonly expr: (select: Select, service: string) => string;
  /** Counts are being lost, or will be. Default false. */
  readonly isUrgent?: boolean;
  readonly summary: string;
  readonly description: string;
  /** Anchor of a section of docs/operations.md; a test looks for it. */
  readonly runbook: string;
}
