import { describe, expect, test } from "@jest/globals";
import { ConfigError, readConfig } from "../../src/config/read-config.ts";

function refusal(text: string): string {
  try {
    readConfig(text, "count.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a configuration", () => {
  test("may be YAML, JSON or nothing at all", () => {
    expect(readConfig("name: tally", "x").name).toBe("tally");
    expect(readConfig('{"name": "tally"}', "x").name).toBe("tally");
    expect(readConfig("", "x").name).toBe("count");
  });

  test.each([
    [
      "a number out of range",
      "server: {replicas: 0}",
      "server.replicas: 0 is not accepted; expected a number of at least 1",
    ],
    ["a number that is none", "server: {replicas: two}", 'server.replicas: "two" is not accepted; expected number'],
    ["an unknown field", "databse: {kind: inside}", "databse: there is no such field"],
    ["an unknown field within", "database: {kind: external, pasword: x}", "database.pasword: there is no such field"],
    [
      "an unknown kind",
      "database: {kind: mysql}",
      "database.kind: \"mysql\" is not accepted; expected 'external' | 'inside' | 'cockroachdb'",
    ],
    ["a missing field", "http: {ingress: {}}", "http.ingress.host: nothing is not accepted; expected string"],
    [
      "a bad name",
      "name: Count",
      'name: "Count" is not accepted; expected lower-case letters, digits and dashes, beginning with a letter',
    ],
    [
      "a bad label",
      'labels: {"a b": c}',
      "labels.a b: this key is not accepted; expected the key of a label, such as example.org/team",
    ],
    [
      "a label of the bundle",
      "labels: {app.kubernetes.io/name: x}",
      'labels.app.kubernetes.io/name: "x" is not accepted; expected another key: the bundle sets app.kubernetes.io/ itself',
    ],
    [
      "neither of two",
      "server: {settings: {maxBehindMs: ever}}",
      'server.settings.maxBehindMs: "ever" is not accepted; expected number, or "unlimited"',
    ],
    [
      "memory without a unit",
      'server: {resources: {memory: "256"}}',
      'server.resources.memory: "256" is not accepted; expected a whole number with a unit, such as "256Mi" or "10Gi"',
    ],
    [
      "two peers in one",
      "networkPolicies: {clients: [{cidr: 10.0.0.0/8, podLabels: {a: b}}]}",
      'networkPolicies.clients[0]: {"cidr":"10.0.0.0/8","podLabels":{"a":"b"}} is not accepted; expected either cidr, or namespaceLabels and podLabels or one of them',
    ],
    [
      "a delay beyond the limit",
      "server: {settings: {drainDelayMs: 60000, stopLimitMs: 20000}}",
      "server.settings.drainDelayMs: 60000 is not accepted; expected less than stopLimitMs, or nothing is left for draining",
    ],
    [
      "totals that are kept for less than their 15-minute counts",
      "server: {settings: {bucketRetentionDays: 60, totalsRetentionDays: 59}}",
      "server.settings.totalsRetentionDays: 59 is not accepted; expected bucketRetentionDays (default 35) or more",
    ],
    [
      "a range upside down",
      "server: {autoscaling: {minReplicas: 5, maxReplicas: 4}}",
      "server.autoscaling.maxReplicas: 4 is not accepted; expected at least minReplicas",
    ],
    [
      "two servers on one volume",
      "{database: {kind: inside}, server: {replicas: 2}}",
      "server.replicas: 2 is not accepted; expected 1, since the PostgreSQL of database.kind inside is in the server's own pod",
    ],
    [
      "certificates for nowhere",
      "tls: {mode: cert-manager, issuerRef: {name: ca}}",
      "namespace: nothing is not accepted; expected a namespace, since certificates from cert-manager name it",
    ],
    ["a list", "[]", "(the whole): [] is not accepted; expected object"],
  ])("is refused for %s, with the field, the value and what is accepted", (_name, text, fault) => {
    expect(refusal(text)).toBe(`count.yaml cannot be used:\n  ${fault}`);
  });

  test("is refused with all of its faults", () => {
    expect(refusal("name: 1\nserver: {replicas: -1}\nx: 1").split("\n")).toEqual([
      "count.yaml cannot be used:",
      "  name: 1 is not accepted; expected string",
      "  server.replicas: -1 is not accepted; expected a number of at least 1",
      "  x: there is no such field",
    ]);
  });

  test("is refused when it is no YAML, with the place", () => {
    expect(refusal("a: [")).toMatch(/^count\.yaml is neither YAML nor JSON: .* at line 1, column 5/);
    expect(refusal("name: a\nname: b")).toMatch(/^count\.yaml is neither YAML nor JSON: Map keys must be unique/);
  });
});
