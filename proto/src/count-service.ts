import type { MethodDefinition } from "@grpc/grpc-js";
import type {
  AddRequest,
  AddResponse,
  CountDailyTotalsRequest,
  CountDailyTotalsResponse,
  GetPeriodTotalsRequest,
  GetPeriodTotalsResponse,
  ListDailyTotalsRequest,
  ListDailyTotalsResponse,
  ListPathRulesRequest,
  ListPathRulesResponse,
  QueryTotalsRequest,
  QueryTotalsResponse,
  RecordRequest,
  RecordResponse,
  RemoveExpiredRequest,
  RemoveExpiredResponse,
  SetPathRulesRequest,
  SetPathRulesResponse,
} from "./gen/count/v1/count_pb.ts";
import { CountService } from "./gen/count/v1/count_pb.ts";
import { serviceDefinition } from "./service-definition.ts";

/** `count.v1.CountService` for grpc-js: `server.addService(countService, …)`, `client.makeUnaryRequest(…)`. */
export const countService = serviceDefinition(CountService) as {
  readonly add: MethodDefinition<AddRequest, AddResponse>;
  readonly countDailyTotals: MethodDefinition<CountDailyTotalsRequest, CountDailyTotalsResponse>;
  readonly listDailyTotals: MethodDefinition<ListDailyTotalsRequest, ListDailyTotalsResponse>;
  readonly getPeriodTotals: MethodDefinition<GetPeriodTotalsRequest, GetPeriodTotalsResponse>;
  readonly listPathRules: MethodDefinition<ListPathRulesRequest, ListPathRulesResponse>;
  readonly queryTotals: MethodDefinition<QueryTotalsRequest, QueryTotalsResponse>;
  readonly record: MethodDefinition<RecordRequest, RecordResponse>;
  readonly removeExpired: MethodDefinition<RemoveExpiredRequest, RemoveExpiredResponse>;
  readonly setPathRules: MethodDefinition<SetPathRulesRequest, SetPathRulesResponse>;
};
