import { create } from "@bufbuild/protobuf";
import { PathRuleSchema } from "@count/proto";
import type { PathRules } from "../../src/domain/path-rules.ts";
import { readPathRules } from "../../src/policy/read-path-rules.ts";

/** Rules from globs to paths: `{ "/v1/*": "/v1" }`. */
export function rulesOf(rules: Readonly<Record<string, string>>): PathRules {
  const messages = Object.entries(rules).map(([glob, to]) =>
    create(PathRuleSchema, { path: { kind: { case: "glob", value: glob } }, to }),
  );
  return readPathRules(messages, 1_024);
}
