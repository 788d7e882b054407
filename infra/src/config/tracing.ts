import { z } from "zod";
import { hostName, peer, port, secretItem } from "./values.ts";

export const tracing = z
  .strictObject({
    host: hostName.describe("Host name of an OpenTelemetry collector, such as otel-collector.monitoring.svc."),
    port: port.default(4_318).describe("Default 4318, which is OTLP's over HTTP; over gRPC it is 4317."),
    scheme: z
      .enum(["http", "https"])
      .default("http")
      .describe(
        "Default http. With https an authority that Node.js knows must have signed the collector's certificate.",
      ),
    protocol: z.enum(["http/protobuf", "grpc"]).default("http/protobuf").describe("Default http/protobuf."),
    samplePercent: z
      .int()
      .min(1)
      .max(100)
      .default(100)
      .describe(
        "How many of a hundred traces that begin at Count are sent. Default 100. One that a caller has begun is sent when the caller's is.",
      ),
    headersSecret: secretItem("count-tracing", "headers")
      .optional()
      .describe(
        "Secret with headers for the collector, such as its token, as key=value,key=value. Pods wait for it and read it once. Default: no headers.",
      ),
    networkPeers: z
      .array(peer)
      .min(1)
      .max(50)
      .optional()
      .describe("Where the collector is, for the NetworkPolicy. Default: anywhere, at its port."),
  })
  .optional()
  .describe("OpenTelemetry traces of the servers. Default: none.");

export type Tracing = NonNullable<z.output<typeof tracing>>;
