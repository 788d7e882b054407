import { describe, expect, test } from "@jest/globals";
import { agentConfig, formatPlace } from "../../src/config/agent-config.ts";
import { agentSettings } from "../../src/config/agent-settings.ts";

/** A place of its own, whoever runs the test. */
const QUEUE = { COUNT_AGENT_QUEUE_DIR: "/queue" };

describe("the configuration of the agent", () => {
  test("is complete without a word", () => {
    expect(agentConfig({}, QUEUE)).toEqual({
      listen: { host: "127.0.0.1", port: 7778 },
      httpAddress: { host: "127.0.0.1", port: 7781 },
      maxMessageBytes: 4_194_304,
      limits: {
        maxPathBytes: 1_024,
        maxPathsPerService: 10_000,
        maxServices: 1_000,
        maxAheadMs: 300_000,
        maxBehindMs: Number.POSITIVE_INFINITY,
      },
      server: { target: "127.0.0.1:7777", tls: false, tokenFile: undefined },
      queue: { kind: "disk", directory: "/queue", maxBytes: 268_435_456 },
      proxy: undefined,
      rulesFile: undefined,
      openapiFile: undefined,
      service: "",
      sealAfterMs: 1_000,
      drainTimeoutMs: 20_000,
      log: { level: "info", format: "auto" },
    });
  });

  test("takes flags before the environment", () => {
    const config = agentConfig(
      { listen: "unix:/run/a.sock", queue: "memory", proxyListen: ":8000", upstream: "http://app:8080", ca: "ca.pem" },
      { COUNT_AGENT_LISTEN: "127.0.0.1:1", COUNT_SERVER: "dns:///count:7777", OTEL_SERVICE_NAME: "shop" },
    );
    expect(formatPlace(config.listen)).toBe("unix:/run/a.sock");
    expect(config.queue).toEqual({ kind: "memory", directory: undefined, maxBytes: 67_108_864 });
    expect(config.proxy).toEqual({
      listen: { host: "", port: 8000 },
      upstream: "http://app:8080/",
      connectTimeoutMs: 5_000,
      responseTimeoutMs: 300_000,
      maxUpstreamConnections: 1_024,
      maxConnections: 20_000,
    });
    expect(config.server).toEqual({ target: "dns:///count:7777", tls: { caFile: "ca.pem" }, tokenFile: undefined });
    expect(config.service).toBe("shop");
  });

  test.each([
    [
      { upstream: "http://127.0.0.1:8080" },
      'COUNT_AGENT_PROXY_LISTEN (--proxy-listen) is not set (no proxy), --upstream is "http://127.0.0.1:8080": the proxy needs both, or neither',
    ],
    [
      { listen: "0.0.0.0:7778" },
      '--listen is "0.0.0.0:7778", COUNT_AGENT_INSECURE (--insecure) is not set (false): beyond the loopback interface --insecure (COUNT_AGENT_INSECURE=true) is needed',
    ],
    [
      { listen: "127.0.0.1:9", httpAddress: "127.0.0.1:9" },
      '--listen is "127.0.0.1:9", --http-address is "127.0.0.1:9": each needs an address of its own',
    ],
    [{ queue: "memory" }, '--queue is "memory", COUNT_AGENT_QUEUE_DIR is "/queue": a queue in memory has no folder'],
    [
      { listen: `unix:/${"x".repeat(103)}` },
      `--listen (COUNT_AGENT_LISTEN) is "unix:/${"x".repeat(103)}": it must be host:port, or unix: and the path of a socket of up to 103 bytes, such as unix:/run/count/agent.sock`,
    ],
    [
      { server: "http://count" },
      '--server (COUNT_SERVER) is "http://count": it must be host:port, dns:///host:port or unix:/path of the server',
    ],
  ])("says what is wrong with %j", (flags, message) => {
    expect(() => agentConfig(flags, QUEUE)).toThrow(new Error(message));
  });

  test("has a variable of its own for each setting that serve has too, but for the server and the log", () => {
    const shared = agentSettings.filter(({ env }) => !env.startsWith("COUNT_AGENT_")).map(({ env }) => env);
    expect(shared).toEqual(["COUNT_SERVER", "COUNT_LOG_LEVEL", "COUNT_LOG_FORMAT"]);
  });
});
