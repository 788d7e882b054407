import { describe, expect, test } from "@jest/globals";
import { openTracing } from "../../src/tracing/open-tracing.ts";
import { rarely } from "../../src/tracing/rarely.ts";
import { readTracingSettings } from "../../src/tracing/tracing-settings.ts";

describe("the standard variables", () => {
  test.each<[Record<string, string>, unknown]>([
    [{}, undefined],
    [{ OTEL_SERVICE_NAME: "count", OTEL_TRACES_SAMPLER: "always_on" }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: " " }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" }, { protocol: "http/protobuf", propagates: true }],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c:4318" }, { protocol: "http/protobuf", propagates: true }],
    [
      { OTEL_TRACES_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
      { protocol: "grpc", propagates: true },
    ],
    [
      {
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
        OTEL_PROPAGATORS: "b3",
      },
      { protocol: "http/protobuf", propagates: false },
    ],
    [{ OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" }, undefined],
    [{ OTEL_SDK_DISABLED: "true", OTEL_TRACES_EXPORTER: "otlp" }, undefined],
  ])("%j ask for %j", (env, settings) => {
    expect(readTracingSettings(env)).toEqual({ settings, faults: [] });
  });

  test("that cannot be used are told of and ignored", () => {
    expect(readTracingSettings({ OTEL_TRACES_EXPORTER: "zipkin" })).toEqual({
      settings: undefined,
      faults: ["OTEL_TRACES_EXPORTER is zipkin; accepted are otlp, none"],
    });
    expect(readTracingSettings({ OTEL_TRACES_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" })).toEqual({
      settings: { protocol: "http/protobuf", propagates: true },
      faults: ["OTEL_EXPORTER_OTLP_PROTOCOL is http/json; accepted are grpc, http/protobuf, and the latter is used"],
    });
  });

  test("that ask for nothing cost nothing: there is no tracing", async () => {
    const logger = { warn: () => undefined, info: () => undefined };
    const options = { env: {}, service: "count", version: "0", logger, onExportFailure: () => undefined };
    expect(await openTracing(options)).toBeUndefined();
  });
});

test("What is told rarely is told at once, and then with how often it was", () => {
  let now = 0;
  const told: string[] = [];
  const tell = rarely(
    100,
    (message, times) => told.push(`${message} ${times}`),
    () => now,
  );
  tell("a");
  now = 50;
  tell("b");
  tell("c");
  now = 120;
  tell("d");
  expect(told).toEqual(["a 1", "d 3"]);
});
