import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Manifest } from "../../src/bundle/files.ts";
import type { ConfigInput } from "../../src/config/config.ts";
import { configs } from "../support/configs.ts";
import { GO_LIMIT_MS, withoutGo } from "../support/go.ts";
import { CHART, helm, helmNotes, helmObjects, helmProgram } from "../support/helm.ts";
import { objectsOf } from "../support/objects.ts";
import { VARIANTS } from "../support/variants.ts";

const within = withoutGo === undefined ? describe : describe.skip;

function without(object: object, ...names: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** By kind and name, without the namespace, which Helm has from its command line. */
function byName(objects: readonly Manifest[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map((object) => [
      `${object.kind} ${object.metadata.name}`,
      { ...object, metadata: without(object.metadata, "namespace") },
    ]),
  );
}

/** A configuration as the chart's values. */
function valuesOf(config: ConfigInput): object {
  return { ...without(config, "namespace"), images: without(config.images ?? {}, "postgres", "cockroachdb") };
}

within(`the Helm chart${withoutGo === undefined ? "" : ` (${withoutGo})`}`, () => {
  let program: string;
  beforeAll(async () => {
    program = await helmProgram();
  }, GO_LIMIT_MS);

  const same = async (config: ConfigInput) => {
    const rendered = await helmObjects(program, valuesOf(config), config.name ?? "count", config.namespace);
    expect(byName(rendered)).toEqual(byName(objectsOf(config)));
  };

  test("makes the objects of the plain manifests from its default values", async () => {
    expect(byName(await helmObjects(program, {}))).toEqual(byName(objectsOf({})));
  });

  test.each(VARIANTS.filter(([, { database }]) => (database?.kind ?? "external") === "external"))(
    "makes the same objects for %s",
    async (_name, config) => {
      await same(config);
    },
  );

  test("makes the same objects for any configuration of a database that is there", async () => {
    await fc.assert(
      fc.asyncProperty(
        configs.filter(({ config }) => config.database.kind === "external"),
        async ({ input }) => same(input),
      ),
      { numRuns: 20 },
    );
  }, 300_000);

  test("is named by its release, unless its values say otherwise", async () => {
    const names = (objects: readonly Manifest[]) =>
      objects.filter(({ kind }) => kind === "Deployment").map(({ metadata }) => metadata.name);
    expect(names(await helmObjects(program, {}, "a-release-with-a-very-long-name-indeed"))).toEqual([
      "a-release-with-a-very-long-nam",
    ]);
    expect(names(await helmObjects(program, { name: "tally" }))).toEqual(["tally"]);
  });

  test("has nothing that helm finds fault with", async () => {
    const { code, stdout } = await helm(program, ["lint", CHART, "--strict"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 chart(s) linted, 0 chart(s) failed")]);
  });

  test.each<[string, object, string]>([
    ["an unknown value", { server: { replicass: 1 } }, "replicass"],
    ["a value out of range", { server: { replicas: 0 } }, "/server/replicas"],
    ["another kind of database", { database: { kind: "cockroachdb" } }, "/database/kind"],
    [
      "a delay beyond the limit",
      { server: { settings: { drainDelayMs: 60_000 } } },
      "server.settings.drainDelayMs: 60000 is not accepted; expected less than stopLimitMs",
    ],
    [
      "totals that are kept for less than their 15-minute counts",
      { server: { settings: { totalsRetentionDays: 34 } } },
      "server.settings.totalsRetentionDays: 34 is not accepted; expected bucketRetentionDays (default 35) or more",
    ],
    [
      "a range upside down",
      { server: { autoscaling: { minReplicas: 9 } } },
      "server.autoscaling.maxReplicas: expected at least minReplicas",
    ],
    [
      "a label of the bundle",
      { labels: { "app.kubernetes.io/name": "x" } },
      "labels.app.kubernetes.io/name: expected another key",
    ],
  ])("refuses %s", async (_name, values, reason) => {
    const { code, stderr } = await helm(program, ["template", "count", CHART], values);
    expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
  });

  test("says what to do next", async () => {
    const notes = await helmNotes(
      program,
      {
        tls: { mode: "secret" },
        database: { migrationCredentials: { name: "owner" } },
        tracing: { host: "otel", headersSecret: {} },
      },
      "apis",
    );
    expect(notes).toContain("Count 0.1.0 is in the namespace apis as count.");
    expect(notes).toContain("   owner   username, password: the role that migrates\n");
    expect(notes).toContain("   count-tls   tls.crt, tls.key, ca.crt: the servers' certificate\n");
    expect(notes).toContain("   count-tracing   headers: headers for the collector, key=value,key=value\n");
    expect(notes).toContain("kubectl rollout status --namespace apis deployment/count --timeout 10m");
    expect(notes).toContain("dns:///count-headless.apis.svc:7777");
    expect(notes).not.toMatch(/<no value>|%!|\{\{/);
  });
});
