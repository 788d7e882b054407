import { create, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import {
  ListPathRulesResponseSchema,
  METHOD_NUMBERS,
  Method,
  type PathRule as PathRuleMessage,
  PathRuleSchema,
} from "@count/proto";
import { CountError } from "../domain/count-error.ts";
import { checkText, pathPattern } from "../domain/path-pattern.ts";
import { type PathRule, PathRules } from "../domain/path-rules.ts";

/** More are no rules any more, but a table. Each path that is new is held against all of them. */
export const MAX_PATH_RULES = 1_000;

const METHODS = new Map<number, Method>(METHOD_NUMBERS.map((method) => [method, method]));

/**
 * @param maxPathBytes that a path may have
 * @throws CountError `invalid` that names the field, its value and what is accepted
 */
export function readPathRules(rules: readonly PathRuleMessage[], maxPathBytes: number): PathRules {
  if (rules.length > MAX_PATH_RULES) {
    throw new CountError("invalid", `rules has ${rules.length} entries; accepted are at most ${MAX_PATH_RULES}`);
  }
  return new PathRules(rules.map((rule, index) => readPathRule(`rules[${index}]`, rule, maxPathBytes)));
}

function readPathRule(field: string, rule: PathRuleMessage, maxPathBytes: number): PathRule {
  const { service, method, path, to } = rule;
  if (service !== undefined) checkText(`${field}.service`, service);
  if (method !== undefined && !METHODS.has(method)) {
    throw new CountError("invalid", `${field}.method ${method} is unknown; accepted are ${METHOD_NUMBERS.join(", ")}`);
  }
  if (path === undefined) throw new CountError("invalid", `${field}.path: required`);
  const pattern = pathPattern(`${field}.path`, path);
  const bytes = Buffer.byteLength(to);
  if (bytes === 0) throw new CountError("invalid", `${field}.to is empty; it is required`);
  if (bytes > maxPathBytes) {
    throw new CountError("invalid", `${field}.to has ${bytes} bytes; accepted are at most ${maxPathBytes}`);
  }
  checkText(`${field}.to`, to);
  if (/[?#]/.test(to)) {
    throw new CountError("invalid", `${field}.to ${JSON.stringify(to)} has a ? or #; accepted is a path without`);
  }
  return { service, method, path: pattern, to };
}

/** Rules as the protocol has them. */
export function pathRuleMessages(rules: PathRules): PathRuleMessage[] {
  return rules.list.map(({ service, method, path, to }) =>
    create(PathRuleSchema, {
      ...(service !== undefined && { service }),
      ...(method !== undefined && { method: METHODS.get(method) ?? Method.METHOD_UNSPECIFIED }),
      path: { kind: { case: path.kind, value: path.text } },
      to,
    }),
  );
}

/** Rules as the database keeps them: the protocol's JSON. The inverse of {@link parsePathRules}. */
export function formatPathRules(rules: PathRules): string {
  const { rules: list = [] } = toJson(
    ListPathRulesResponseSchema,
    create(ListPathRulesResponseSchema, { rules: pathRuleMessages(rules) }),
  ) as { rules?: JsonValue[] };
  return JSON.stringify(list);
}

/** @throws CountError `internal` when they are not what this build can read */
export function parsePathRules(text: string): PathRules {
  try {
    const json: JsonValue = { rules: JSON.parse(text) as JsonValue };
    const { rules } = fromJson(ListPathRulesResponseSchema, json, { ignoreUnknownFields: true });
    // They were checked when they were set, by a server that may allow longer paths.
    return readPathRules(rules, Number.POSITIVE_INFINITY);
  } catch (error) {
    throw new CountError(
      "internal",
      `the path rules in count.state cannot be read: ${(error as Error).message}`,
      error,
    );
  }
}
