import type { MethodDefinition } from "@grpc/grpc-js";
import {
  AccessLogService,
  type StreamAccessLogsMessage,
  type StreamAccessLogsResponse,
} from "./gen/envoy/service/accesslog/v3/als_pb.ts";
import { serviceDefinition } from "./service-definition.ts";

export { RequestMethod } from "./gen/envoy/config/core/v3/base_pb.ts";
export { type HTTPAccessLogEntry, HTTPAccessLogEntry_HTTPVersion } from "./gen/envoy/data/accesslog/v3/accesslog_pb.ts";
export {
  file_envoy_service_accesslog_v3_als,
  type StreamAccessLogsMessage,
  StreamAccessLogsMessageSchema,
  type StreamAccessLogsResponse,
  StreamAccessLogsResponseSchema,
} from "./gen/envoy/service/accesslog/v3/als_pb.ts";

/** `envoy.service.accesslog.v3.AccessLogService` for grpc-js. */
export const accessLogService = serviceDefinition(AccessLogService) as {
  readonly streamAccessLogs: MethodDefinition<StreamAccessLogsMessage, StreamAccessLogsResponse>;
};
