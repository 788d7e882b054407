import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { dashboard, dashboardJson } from "../../src/monitoring/dashboard/dashboard.ts";
import type { GridPos, Panel } from "../../src/monitoring/dashboard/grafana.ts";
import { layOut } from "../../src/monitoring/dashboard/layout.ts";
import { more } from "../../src/monitoring/dashboard/rows/more.ts";
import { METRICS } from "../../src/monitoring/metrics.ts";
import { faultsOf } from "../support/promql.ts";

const { panels, templating } = dashboard();
const rows = panels.filter((one) => one.type === "row");
const all: Panel[] = panels.flatMap((one) => (one.type === "row" ? [...one.panels] : [one]));

/** As Prometheus is asked: Grafana puts a duration and regular expressions in the places of its variables. */
function asked(expr: string): string {
  return expr.replaceAll("$__rate_interval", "2m").replaceAll(/\$(?:job|instance)\b/g, ".*");
}

describe("the dashboard", () => {
  test("is what is committed, for people who import it", () => {
    expect(readFileSync(new URL("../../../charts/dashboards/count.json", import.meta.url), "utf8")).toBe(
      dashboardJson(),
    );
  });

  test("has a row for each thing that people look for", () => {
    expect(rows.map(({ title }) => title)).toEqual([
      "Traffic",
      "Exactness: what is not counted as it came",
      "Ingest",
      "Database",
      "Roll-up and retention",
      "Agents and clients",
      "Process",
      "More",
    ]);
  });

  test("asks only for metrics and labels that exist, in expressions that parse", () => {
    const faults = all.flatMap(({ title, targets }) =>
      targets.flatMap(({ expr }) => faultsOf(asked(expr)).map((fault) => `${title}: ${fault}`)),
    );
    expect(faults).toEqual([]);
  });

  test("shows every metric of Count, and the legends name labels that the lines have", () => {
    const exprs = all.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
    const names = Object.keys(METRICS).filter((name) => name.startsWith("count_"));
    expect(names.filter((name) => !new RegExp(`\\b${name}(?:_bucket|_sum|_count)?\\b`).test(exprs))).toEqual([]);
    for (const { title, targets } of all) {
      for (const { expr, legendFormat } of targets) {
        const grouped = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(", ");
        const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        const missing = grouped === undefined ? [] : labels.filter((label) => !grouped.includes(label ?? ""));
        expect([title, legendFormat, missing]).toEqual([title, legendFormat, []]);
      }
    }
  });

  test("numbers its panels and lines without repetition, and lets none cover another", () => {
    const ids = [...rows, ...all].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { targets } of all) expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    const open = panels.map(({ gridPos }) => gridPos);
    for (const group of [open, ...rows.map((row) => row.panels.map(({ gridPos }) => gridPos))]) {
      for (const [at, one] of group.entries()) {
        expect(one.x + one.w).toBeLessThanOrEqual(24);
        for (const other of group.slice(at + 1)) expect([one, other, overlap(one, other)]).toEqual([one, other, false]);
      }
    }
  });

  test("takes every figure from the Prometheus that people choose", () => {
    expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
      ["datasource", "datasource"],
      ["job", "query"],
      ["instance", "query"],
    ]);
    const chosen = { type: "prometheus", uid: "$datasource" };
    for (const { datasource, targets } of all) {
      expect([datasource, ...targets.map((target) => target.datasource)]).toEqual([
        chosen,
        ...targets.map(() => chosen),
      ]);
    }
  });
});

test("A metric that no panel has chosen gets one by itself", () => {
  const [row] = layOut([more([])]);
  const panels = row?.type === "row" ? row.panels : [];
  const lines = Object.fromEntries(panels.map(({ title, targets }) => [title, targets[0]]));
  const target = '{job=~"$job",instance=~"$instance"}';
  const expr = (name: string) => lines[name]?.expr;
  expect(expr("count_ready")).toBe(`count_ready${target}`);
  expect(expr("count_requests_refused_total")).toBe(
    `sum by (call, reason) (rate(count_requests_refused_total${target}[$__rate_interval]))`,
  );
  expect(lines["count_requests_refused_total"]?.legendFormat).toBe("{{call}} {{reason}}");
  expect(expr("count_flush_seconds")).toBe(
    `histogram_quantile(0.99, sum by (le) (rate(count_flush_seconds_bucket${target}[$__rate_interval])))`,
  );
  expect(expr("count_agent_last_acknowledged_timestamp_seconds")).toBe(
    "time() - count_agent_last_acknowledged_timestamp_seconds",
  );
  expect(panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => faultsOf(asked(expr))))).toEqual([]);
});

function overlap(a: GridPos, b: GridPos): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
