import { describe, expect, test } from "@jest/globals";
import { at, find, objectsOf } from "../../support/objects.ts";
import { podsOf } from "../../support/pods.ts";

const objects = objectsOf({ database: { kind: "cockroachdb" } });
const nodes = find(objects, "StatefulSet", "count-cockroachdb");
const pod = podsOf([nodes])[0]!.template.spec;

describe("the CockroachDB of a bundle", () => {
  test("is three nodes that start together and are given time to drain", () => {
    expect(nodes["spec"]).toMatchObject({
      replicas: 3,
      podManagementPolicy: "Parallel",
      serviceName: "count-cockroachdb",
    });
    expect(pod.terminationGracePeriodSeconds).toBe(300);
  });

  test("speaks TLS only, joins the first three nodes and advertises a name of its certificate", () => {
    const { args = [] } = pod.containers[0]!;
    expect(args).toEqual(
      expect.arrayContaining([
        "--certs-dir=/cockroach/certs",
        "--advertise-host=$(POD_NAME).$(COCKROACH_NODES)",
        "--join=$(COCKROACH_NODES)-0.$(COCKROACH_NODES):26257,$(COCKROACH_NODES)-1.$(COCKROACH_NODES):26257,$(COCKROACH_NODES)-2.$(COCKROACH_NODES):26257",
        "--cache=25%",
        "--max-sql-memory=25%",
      ]),
    );
    expect(args).not.toContain("--insecure");
  });

  test("has its certificates where cockroach looks for them, with keys that only its group can read", () => {
    expect(pod.volumes).toContainEqual({
      name: "certificates",
      secret: {
        secretName: "count-cockroachdb-node",
        defaultMode: 0o440,
        items: [
          { key: "ca.crt", path: "ca.crt" },
          { key: "tls.crt", path: "node.crt" },
          { key: "tls.key", path: "node.key" },
        ],
      },
    });
  });

  test("lets nodes find one another before they are ready, and everybody else only those that are", () => {
    const [own, everybodys] = [
      find(objects, "Service", "count-cockroachdb"),
      find(objects, "Service", "count-cockroachdb-public"),
    ];
    expect([at(own, "spec.clusterIP"), at(own, "spec.publishNotReadyAddresses")]).toEqual(["None", true]);
    expect([at(everybodys, "spec.clusterIP"), at(everybodys, "spec.publishNotReadyAddresses")]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("never has two nodes on one host while another has none", () => {
    expect(at(nodes, "spec.template.spec.topologySpreadConstraints.0")).toMatchObject({
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule",
      maxSkew: 1,
    });
    expect(at(find(objects, "PodDisruptionBudget", "count-cockroachdb"), "spec.maxUnavailable")).toBe(1);
  });

  test("is reached by Count with a certificate and without a password", () => {
    const server = podsOf([find(objects, "Deployment", "count")])[0]!.template.spec;
    const env = Object.fromEntries(server.containers[0]!.env!.map(({ name, value }) => [name, value]));
    expect(Object.keys(env)).toEqual(["COCKROACH_SERVICE", "DB_URL"]);
    const url = new URL(env["DB_URL"]!.replace("$(COCKROACH_SERVICE)", env["COCKROACH_SERVICE"]!));
    expect([url.hostname, url.username, url.password, url.searchParams.get("sslmode")]).toEqual([
      "count-cockroachdb-public",
      "count",
      "",
      "verify-full",
    ]);
    expect(server.volumes).toContainEqual({
      name: "database-certificates",
      secret: { secretName: "count-cockroachdb-client", defaultMode: 0o440 },
    });
  });

  test("has the names of CockroachDB's documentation in its nodes' certificate", () => {
    const certificates = objectsOf({
      namespace: "apis",
      database: { kind: "cockroachdb", certificates: { from: "cert-manager" } },
    });
    expect(at(find(certificates, "Certificate", "count-cockroachdb-node"), "spec")).toMatchObject({
      commonName: "node",
      ipAddresses: ["127.0.0.1"],
      dnsNames: [
        "localhost",
        "count-cockroachdb-public",
        "count-cockroachdb-public.apis",
        "count-cockroachdb-public.apis.svc.cluster.local",
        "*.count-cockroachdb",
        "*.count-cockroachdb.apis",
        "*.count-cockroachdb.apis.svc.cluster.local",
      ],
      usages: ["digital signature", "key encipherment", "client auth", "server auth"],
    });
    expect(at(find(certificates, "Certificate", "count-cockroachdb-client"), "spec.commonName")).toBe("count");
  });
});
