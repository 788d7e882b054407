import { describe, expect, test } from "@jest/globals";
import { App, Chart } from "cdk8s";
import { agentConfig } from "../../../server/src/config/agent-config.ts";
import { AGENT_SETTINGS } from "../../../server/src/config/agent-settings.ts";
import { DeploymentWithAgent, withAgent } from "../../src/agent/deployment-with-agent.ts";
import { agentParts } from "../../src/agent/sidecar.ts";
import { restrictedFaults } from "../support/pod-security.ts";
import type { Container, Pod } from "../support/pods.ts";

const env = (container: object) =>
  Object.fromEntries(((container as Container).env ?? []).map(({ name, value }) => [name, value ?? ""]));

describe("the agent's sidecar", () => {
  test("is an init container that goes on running, and the first", () => {
    const pod = withAgent({ spec: { initContainers: [{ name: "other" }], containers: [{ name: "shop" }] } }).spec;
    expect(pod.initContainers).toEqual([
      expect.objectContaining({ name: "count-agent", restartPolicy: "Always" }),
      { name: "other" },
    ]);
  });

  test("is told nothing that the agent does not understand", () => {
    const variables = env(agentParts({ service: "shop", upstreamPort: 8_080 }).container);
    const known = Object.values(AGENT_SETTINGS).map((setting) => setting.env);
    expect(Object.keys(variables).filter((name) => !known.includes(name))).toEqual([]);
    expect(agentConfig({}, variables)).toMatchObject({
      listen: { host: "127.0.0.1", port: 7_778 },
      httpAddress: { host: "", port: 7_781 },
      proxy: { listen: { host: "", port: 7_779 }, upstream: "http://127.0.0.1:8080/" },
      queue: { kind: "disk", directory: "/var/lib/count-agent/queue", maxBytes: 268_435_456 },
      server: { target: "dns:///count-headless.count.svc:7777" },
      service: "shop",
    });
  });

  test("shows a token from a Secret, which the agent's container alone mounts", () => {
    const { container, volumes } = agentParts({ tokenSecret: { name: "shop-count-token" } });
    expect(agentConfig({}, env(container)).server.tokenFile).toBe("/etc/count-agent/token/token");
    expect((container as unknown as Container).volumeMounts).toContainEqual({
      name: "count-agent-token",
      mountPath: "/etc/count-agent/token",
      readOnly: true,
    });
    expect(volumes).toContainEqual({
      name: "count-agent-token",
      secret: { secretName: "shop-count-token", defaultMode: 0o444, items: [{ key: "token", path: "token" }] },
    });
    expect(
      restrictedFaults({
        containers: [container as unknown as Container],
        volumes: volumes as Pod["volumes"] & object,
      }),
    ).toEqual([]);
  });

  test("passes restricted by itself, in a pod that says nothing", () => {
    const { container, volumes } = agentParts();
    expect(
      restrictedFaults({
        containers: [container as unknown as Container],
        volumes: volumes as Pod["volumes"] & object,
      }),
    ).toEqual([]);
  });

  test("has a volume that is larger than its queue may be", () => {
    expect(agentParts({ queueMaxBytes: 104_857_600 }).volumes[0]).toEqual({
      name: "count-agent-queue",
      emptyDir: { sizeLimit: "125Mi" },
    });
  });

  test("survives in a Deployment of cdk8s, which would drop fields that it does not know", () => {
    const chart = new Chart(new App(), "shop", { disableResourceNameHashes: true });
    new DeploymentWithAgent(
      chart,
      "shop",
      {
        metadata: { name: "shop" },
        spec: {
          selector: { matchLabels: { app: "shop" } },
          template: {
            metadata: { labels: { app: "shop" } },
            spec: { containers: [{ name: "shop", image: "shop:1" }] },
          },
        },
      },
      { image: "registry.example.org/count:1", env: { COUNT_AGENT_CA: "/ca.crt" } },
    );
    const [deployment] = chart.toJson() as [{ kind: string; spec: { template: { metadata: object; spec: Pod } } }];
    const { metadata, spec } = deployment.spec.template;
    expect(deployment.kind).toBe("Deployment");
    expect(metadata).toEqual({ labels: { app: "shop", "count-client": "true" } });
    expect(spec.initContainers![0]).toMatchObject({ image: "registry.example.org/count:1", restartPolicy: "Always" });
    expect(env(spec.initContainers![0]!)["COUNT_AGENT_CA"]).toBe("/ca.crt");
    expect(spec.containers).toEqual([{ name: "shop", image: "shop:1" }]);
  });

  test("needs a pod to be put into", () => {
    const chart = new Chart(new App(), "shop");
    expect(() => new DeploymentWithAgent(chart, "shop", {})).toThrow(
      "shop has no spec.template.spec to put the agent into",
    );
  });
});
