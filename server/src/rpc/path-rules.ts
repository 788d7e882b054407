import { create, toBinary } from "@bufbuild/protobuf";
import {
  type ListPathRulesRequest,
  ListPathRulesResponseSchema,
  METHOD_NUMBERS,
  Method,
  type SetPathRulesRequest,
  SetPathRulesResponseSchema,
} from "@count/proto";
import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Database } from "../db/database.ts";
import type { Limits } from "../domain/limits.ts";
import type { PolicyWatch } from "../policy/policy-watch.ts";
import { pathRuleMessages, readPathRules } from "../policy/read-path-rules.ts";
import { setPathRules } from "../policy/set-path-rules.ts";
import { unaryHandler } from "./unary-handler.ts";

export interface PathRulesDeps {
  readonly database: Pick<Database, "run">;
  readonly limits: Pick<Limits, "maxPathBytes">;
  readonly policy: Pick<PolicyWatch, "refresh">;
}

/** ListPathRules: the rules in force. A caller who may look at some services only sees theirs, and those of all services. */
export function listPathRulesHandler({ policy }: PathRulesDeps): handleUnaryCall<ListPathRulesRequest, Buffer> {
  return unaryHandler(async (_request, _signal, services) => {
    const { rules } = await policy.refresh();
    const shown = pathRuleMessages(rules).filter(
      ({ service }) => service === undefined || services === undefined || services.has(service),
    );
    return Buffer.from(toBinary(ListPathRulesResponseSchema, create(ListPathRulesResponseSchema, { rules: shown })));
  });
}

const METHODS = new Map<number, Method>(METHOD_NUMBERS.map((method) => [method, method]));

/** SetPathRules: see `count.proto`. Other servers follow within seconds. */
export function setPathRulesHandler({
  database,
  limits,
  policy,
}: PathRulesDeps): handleUnaryCall<SetPathRulesRequest, Buffer> {
  return unaryHandler(async ({ rules, dryRun }, signal) => {
    const { changes, paths, requests } = await setPathRules(database, readPathRules(rules, limits.maxPathBytes), {
      dryRun,
      signal,
    });
    if (!dryRun) await policy.refresh();
    const response = create(SetPathRulesResponseSchema, {
      changes: changes.map(({ service, method, counted, from, to, count }) => ({
        service,
        method: METHODS.get(method) ?? Method.METHOD_UNSPECIFIED,
        counted,
        from,
        to,
        count,
      })),
      paths: BigInt(paths),
      requests,
    });
    return Buffer.from(toBinary(SetPathRulesResponseSchema, response));
  });
}
