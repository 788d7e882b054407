import { describe, expect, test } from "@jest/globals";
import { bundleManifests, type Manifest } from "../../src/bundle/files.ts";
import { plainYaml } from "../../src/bundle/yaml.ts";
import { checkConfig } from "../../src/config/read-config.ts";
import { at, find, objectsOf } from "../support/objects.ts";
import { podsOf } from "../support/pods.ts";
import { VARIANTS } from "../support/variants.ts";

const plain = new Map([...bundleManifests(checkConfig({}))].map(([file, objects]) => [file, objects.map(plainYaml)]));

/** The dashboard is in charts/, as it is. */
function withoutDashboard(object: Manifest): Manifest {
  return object.metadata.name.endsWith("-dashboard") ? { ...object, data: "the dashboard" } : object;
}

describe("the objects of", () => {
  // The profiles themselves are in charts/; of an option only what it changes in the plain profile is of interest.
  test.each(VARIANTS.filter(([name]) => !name.startsWith("profile ")))(
    "%s differ from the plain ones in this",
    (_name, config) => {
      for (const [file, objects] of bundleManifests(checkConfig(config))) {
        const changed = objects
          .map(withoutDashboard)
          .map(plainYaml)
          .filter((text) => !(plain.get(file) ?? []).includes(text));
        if (changed.length > 0) expect(`# ${file}\n${changed.join("---\n")}`).toMatchSnapshot(file);
      }
    },
  );
});

describe("every object", () => {
  test.each(VARIANTS)("of %s has the recommended labels", (_name, config) => {
    const { name = "count" } = config;
    for (const { metadata } of objectsOf(config)) {
      expect(metadata.labels).toMatchObject({
        "app.kubernetes.io/name": "count",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": expect.stringMatching(/^[a-z-]+$/),
        "app.kubernetes.io/part-of": "count",
        "app.kubernetes.io/version": "0.1.0",
        "app.kubernetes.io/managed-by": "count-synth",
      });
    }
  });
});

describe("the Deployment", () => {
  const deployment = find(objectsOf(), "Deployment", "count");
  const container = podsOf([deployment])[0]!.template.spec.containers[0]!;

  test("is probed by gRPC on the plaintext port, and liveness does not ask for the database", () => {
    expect(container["livenessProbe"]).toMatchObject({ grpc: { port: 7781, service: "liveness" } });
    expect(container["startupProbe"]).toMatchObject({ grpc: { port: 7781, service: "liveness" } });
    expect(container["readinessProbe"]).toMatchObject({ grpc: { port: 7781 } });
    expect(at(container, "readinessProbe.grpc.service")).toBeUndefined();
  });

  test("loses no server before another one is ready", () => {
    expect(at(deployment, "spec.strategy")).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
  });

  test("is spread over hosts and zones, but never left pending for that", () => {
    const constraints = at(deployment, "spec.template.spec.topologySpreadConstraints") as {
      topologyKey: string;
      whenUnsatisfiable: string;
    }[];
    expect(constraints.map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable])).toEqual([
      ["kubernetes.io/hostname", "ScheduleAnyway"],
      ["topology.kubernetes.io/zone", "ScheduleAnyway"],
    ]);
  });

  test("says how many servers, unless an autoscaler does", () => {
    expect(at(deployment, "spec.replicas")).toBe(2);
    const scaled = objectsOf({ server: { replicas: 5, autoscaling: {} } });
    expect(at(find(scaled, "Deployment", "count"), "spec")).not.toHaveProperty("replicas");
    expect(at(find(scaled, "HorizontalPodAutoscaler", "count"), "spec")).toMatchObject({
      minReplicas: 2,
      maxReplicas: 6,
    });
  });

  test("gives a server longer to stop than it takes", () => {
    const slow = find(objectsOf({ server: { settings: { stopLimitMs: 90_500 } } }), "Deployment", "count");
    expect(at(deployment, "spec.template.spec.terminationGracePeriodSeconds")).toBe(35);
    expect(at(slow, "spec.template.spec.terminationGracePeriodSeconds")).toBe(96);
  });

  test("rolls its pods when a setting or the declared revision of a Secret changes", () => {
    const annotations = (config: Parameters<typeof objectsOf>[0]) =>
      podsOf([find(objectsOf(config), "Deployment", "count")])[0]!.template.metadata.annotations;
    const before = annotations({});
    expect(before).toEqual({
      "checksum/config": expect.stringMatching(/^[0-9a-f]{64}$/),
      "count/database-secret-revision": "1",
    });
    expect(annotations({ server: { settings: { logLevel: "debug" } } })!["checksum/config"]).not.toBe(
      before!["checksum/config"],
    );
    expect(annotations({ database: { kind: "external", secretRevision: "2" } })).toEqual({
      ...before,
      "count/database-secret-revision": "2",
    });
  });

  test("verifies the database's certificate and name, whatever the Secret says", () => {
    const env = Object.fromEntries(container.env!.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
    const url = new URL(env["DB_URL"] as string);
    expect([url.searchParams.get("sslmode"), url.searchParams.get("sslrootcert")]).toEqual([
      "verify-full",
      "/etc/count/database/ca.crt",
    ]);
    expect(env["PGPASSWORD"]).toEqual({ secretKeyRef: { name: "count-database", key: "password" } });
    expect(env["PGUSER"]).toEqual({ secretKeyRef: { name: "count-database", key: "username" } });
  });
});

describe("traces", () => {
  const tracing = { host: "otel.example.org", port: 4_317, protocol: "grpc", samplePercent: 7 } as const;
  const env = (config: Parameters<typeof objectsOf>[0]) =>
    podsOf([find(objectsOf(config), "Deployment", "count")])[0]!.template.spec.containers[0]!.env;

  test("are asked for by OpenTelemetry's own variables, and say from which pod they are", () => {
    expect(find(objectsOf({ tracing }), "ConfigMap", "count-server")["data"]).toMatchObject({
      OTEL_SERVICE_NAME: "count",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel.example.org:4317",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.07",
    });
    expect(env({ tracing: { ...tracing, headersSecret: {} } })!.slice(-4)).toEqual([
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      { name: "OTEL_RESOURCE_ATTRIBUTES", value: "k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.name=$(POD_NAME)" },
      {
        name: "OTEL_EXPORTER_OTLP_HEADERS",
        valueFrom: { secretKeyRef: { name: "count-tracing", key: "headers" } },
      },
    ]);
  });

  test("are let out to the collector's port, and nowhere else where it is said where the collector is", () => {
    const egress = (config: Parameters<typeof objectsOf>[0]) =>
      (at(find(objectsOf(config), "NetworkPolicy", "count-server"), "spec.egress") as object[]).slice(1);
    const port = (number: number) => ({ ports: [{ port: number, protocol: "TCP" }] });
    expect(egress({})).toEqual([port(5432)]);
    expect(egress({ tracing })).toEqual([port(5432), port(4317)]);
    expect(egress({ tracing: { ...tracing, networkPeers: [{ cidr: "10.2.0.0/16" }] } })).toEqual([
      port(5432),
      { ...port(4317), to: [{ ipBlock: { cidr: "10.2.0.0/16" } }] },
    ]);
    expect(egress({ database: { kind: "inside" }, tracing })).toEqual([port(4317)]);
  });

  test("are not asked for unless they are wanted", () => {
    expect(JSON.stringify(objectsOf())).not.toContain("OTEL_");
  });
});

describe("the Services", () => {
  test("say that they speak HTTP/2 without TLS, and one of them is headless", () => {
    const objects = objectsOf();
    const [cluster, headless] = [find(objects, "Service", "count"), find(objects, "Service", "count-headless")];
    expect(at(cluster, "spec.ports.0")).toEqual({
      name: "grpc",
      port: 7777,
      targetPort: "grpc",
      appProtocol: "kubernetes.io/h2c",
    });
    expect(at(headless, "spec.ports.0")).toEqual(at(cluster, "spec.ports.0"));
    expect([at(cluster, "spec.clusterIP"), at(headless, "spec.clusterIP")]).toEqual([undefined, "None"]);
  });

  test("do not say so under TLS", () => {
    expect(at(find(objectsOf({ tls: { mode: "secret" } }), "Service", "count"), "spec.ports.0.appProtocol")).toBe(
      "https",
    );
  });
});

describe("the PodDisruptionBudget", () => {
  test("blocks no drain, at one server either", () => {
    expect(at(find(objectsOf(), "PodDisruptionBudget", "count"), "spec")).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    });
  });
});

describe("the migration Job", () => {
  const job = (config: Parameters<typeof objectsOf>[0] = {}) => find(objectsOf(config), "Job", "count-migrate");

  test("is never run again by itself, and gives up where trying again is no use", () => {
    expect(at(job(), "spec")).toMatchObject({
      backoffLimit: 10,
      activeDeadlineSeconds: 7_200,
      template: { spec: { restartPolicy: "Never" } },
    });
    expect(at(job(), "spec")).not.toHaveProperty("ttlSecondsAfterFinished");
    expect(at(job(), "spec.podFailurePolicy.rules")).toEqual([
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      {
        action: "FailJob",
        onExitCodes: { containerName: "migrate", operator: "In", values: [2, 78] },
        onPodConditions: [],
      },
    ]);
  });

  test.each<[string, Parameters<typeof objectsOf>[0]]>([
    ["another image", { images: { count: { tag: "0.2.0" } } }],
    ["another digest", { images: { count: { digest: `sha256:${"b".repeat(64)}` } } }],
    ["another database", { database: { kind: "external", host: "other" } }],
    ["another password", { database: { kind: "external", secretRevision: "2" } }],
    ["another limit", { migration: { backoffLimit: 1 } }],
  ])("is another one for %s", (_name, config) => {
    expect(job(config).metadata.name).not.toBe(job().metadata.name);
    expect(job().metadata.name).toMatch(/^count-migrate-[0-9a-f]{10}$/);
  });

  test("stays what it is when something changes that it does not run", () => {
    expect(job({ server: { replicas: 7, settings: { logLevel: "debug" } } })).toEqual(job());
  });

  test("uses the role that owns the schema, where there is one", () => {
    const [pod] = podsOf([job({ database: { kind: "external", migrationCredentials: { name: "owner" } } })]);
    expect(pod!.template.spec.containers[0]!.env).toContainEqual({
      name: "PGUSER",
      valueFrom: { secretKeyRef: { name: "owner", key: "username" } },
    });
  });
});

describe("the CronJob", () => {
  test("runs once a night in UTC, late rather than never, and closes every day that is over", () => {
    const spec = find(objectsOf(), "CronJob", "count-rollup")["spec"];
    expect(spec).toMatchObject({
      schedule: "10 0 * * *",
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 21_600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: { spec: { backoffLimit: 6, activeDeadlineSeconds: 3_600 } },
    });
    const [pod] = podsOf([find(objectsOf(), "CronJob", "count-rollup")]);
    expect(pod!.template.spec.containers[0]).toMatchObject({
      args: ["rollup", "--since-year=1"],
      env: [{ name: "COUNT_SERVER", value: "count" }],
    });
  });
});

describe("the NetworkPolicies", () => {
  test("close every pod in both directions, and open what is needed", () => {
    const policies = objectsOf().filter(({ kind }) => kind === "NetworkPolicy");
    expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual([
      "count-default-deny",
      "count-migrate",
      "count-rollup",
      "count-server",
    ]);
    expect(at(find(policies, "NetworkPolicy", "count-default-deny"), "spec")).toEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "count", "app.kubernetes.io/instance": "count" } },
      policyTypes: ["Ingress", "Egress"],
    });
  });

  test.each(VARIANTS.filter(([, { networkPolicies }]) => networkPolicies?.enabled !== false))(
    "of %s let every pod look names up, and close it",
    (_name, config) => {
      const objects = objectsOf(config);
      const policies = objects.filter(({ kind }) => kind === "NetworkPolicy");
      for (const { owner, template } of podsOf(objects)) {
        const selects = (one: unknown) =>
          Object.entries(at(one, "spec.podSelector.matchLabels") as Record<string, string>).every(
            ([key, value]) => template.metadata.labels[key] === value,
          );
        const own = policies.filter(selects);
        expect([
          owner,
          own.some((one) => at(one, "spec.ingress") === undefined && at(one, "spec.egress") === undefined),
        ]).toEqual([owner, true]);
        // The server of the demo has its database beside it and calls nobody.
        if (config.database?.kind === "inside" && owner.startsWith("StatefulSet")) continue;
        const ports = own
          .flatMap((one) => (at(one, "spec.egress") ?? []) as { ports: { port: number }[] }[])
          .flatMap((rule) => rule.ports.map(({ port }) => port));
        expect([owner, ports]).toEqual([owner, expect.arrayContaining([53])]);
      }
    },
  );
});
