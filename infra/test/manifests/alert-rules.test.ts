import { describe, expect, test } from "@jest/globals";
import { createMetrics } from "../../../server/src/observability/metrics.ts";
import { alertRules } from "../../src/manifests/alert-rules.ts";

describe("the alert rules", () => {
  test("ask for nothing but metrics and labels that the server has", async () => {
    const known = new Map(
      (await createMetrics({ version: "0" }).registry.getMetricsAsJSON()).map(({ name }) => [name, true]),
    );
    for (const { alert, expr } of alertRules("count", "warning")) {
      const names = expr.match(/\bcount_[a-z_]+/g) ?? [];
      expect([alert, names.length > 0]).toEqual([alert, true]);
      for (const name of names) expect([alert, name, known.has(name)]).toEqual([alert, name, true]);
    }
  });

  test("say what is wrong and what follows", () => {
    for (const { annotations, labels } of alertRules("count", "page")) {
      expect(annotations.summary).not.toBe("");
      expect(annotations.description).toMatch(/\.$/);
      expect(labels).toEqual({ severity: "page" });
    }
  });
});
