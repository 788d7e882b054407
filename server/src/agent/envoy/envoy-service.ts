import { create, fromBinary } from "@bufbuild/protobuf";
import {
  accessLogService,
  type StreamAccessLogsMessage,
  StreamAccessLogsMessageSchema,
  type StreamAccessLogsResponse,
  StreamAccessLogsResponseSchema,
} from "@count/proto/envoy";
import type { handleClientStreamingCall } from "@grpc/grpc-js";
import type { GrpcService } from "../../rpc/grpc-service.ts";
import type { EnvoyObserver } from "../metrics.ts";
import type { PathNamer } from "../routes/path-namer.ts";
import { requestOf } from "./count-entry.ts";

export interface EnvoyServiceOptions {
  readonly name: PathNamer;
  /** Must not throw. */
  readonly record: (method: string, path: string, atMs: number | undefined) => void;
  readonly observer: EnvoyObserver;
}

/**
 * Receives access logs from Envoy, and counts each request of HTTP once. Envoy keeps no log until it was taken: what is under way when
 * a connection breaks is lost, as Envoy's API says. A request without a time counts when it arrives here.
 */
export function envoyService({ name, record, observer }: EnvoyServiceOptions): GrpcService {
  const open = new Set<() => void>();
  const take = ({ logEntries }: StreamAccessLogsMessage): void => {
    if (logEntries.case === "tcpLogs") observer.entries("tcp", logEntries.value.logEntry.length);
    if (logEntries.case !== "httpLogs") return;
    const { logEntry } = logEntries.value;
    let counted = 0;
    for (const entry of logEntry) {
      const request = requestOf(entry);
      if (request === undefined) continue;
      counted++;
      const path = request.method === "GRPC" ? request.target : name(request.target);
      if (path !== undefined) record(request.method, path, request.atMs);
    }
    observer.entries("http", counted);
    if (counted < logEntry.length) observer.entries("intermediate", logEntry.length - counted);
  };
  const streamAccessLogs: handleClientStreamingCall<StreamAccessLogsMessage, StreamAccessLogsResponse> = (
    call,
    callback,
  ) => {
    let isOver = false;
    const answer = (): void => {
      if (isOver) return;
      isOver = true;
      open.delete(answer);
      callback(null, create(StreamAccessLogsResponseSchema));
    };
    open.add(answer);
    call.on("data", take);
    call.on("end", answer);
    call.on("error", () => undefined);
    call.on("cancelled", () => {
      isOver = true;
      open.delete(answer);
    });
  };
  const definition = {
    streamAccessLogs: {
      ...accessLogService.streamAccessLogs,
      // What this program has no field for is not kept.
      requestDeserialize: (bytes: Buffer) =>
        fromBinary(StreamAccessLogsMessageSchema, bytes, { readUnknownFields: false }),
    },
  };
  return {
    definition,
    implementation: { streamAccessLogs },
    // Envoy never ends a stream; it opens another one, to another agent if there is one.
    end: () => {
      for (const answer of open) answer();
    },
  };
}
