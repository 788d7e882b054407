import { readFile, stat } from "node:fs/promises";
import { create } from "@bufbuild/protobuf";
import { METHOD_NUMBERS, methodFromName, methodName, type PathRule, PathRuleSchema } from "@count/proto";
import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { CountError } from "../domain/count-error.ts";
import { fieldName, offsetOf } from "../domain/yaml-place.ts";
import { usageError } from "./usage-error.ts";

/** A thousand rules of the longest paths, which is all that a server takes. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ALIASES = 1_000;

const METHOD_NAMES = METHOD_NUMBERS.map((number) => methodName(number) ?? "");
const KINDS = ["exact", "prefix", "glob"] as const;

/** A rule as a file has it, and as `count paths --json` prints it. */
export interface RuleText {
  readonly service?: string | undefined;
  readonly method?: string | undefined;
  readonly exact?: string | undefined;
  readonly prefix?: string | undefined;
  readonly glob?: string | undefined;
  readonly to: string;
}

const says = (is: string) => ({ error: ({ input }: { input?: unknown }) => `${shown(input)}; accepted is ${is}` });
const text = (what: string) => z.string(says(what));
const path = text("the text of a path").optional();

const RULE = z
  .strictObject({
    service: text('the name of a service, or "" for requests without one').optional(),
    method: z
      .enum(METHOD_NAMES, { error: ({ input }) => `${shown(input)}; accepted are ${METHOD_NAMES.join(", ")}` })
      .optional(),
    exact: path,
    prefix: path,
    glob: path,
    to: text("the path under which requests are counted").min(1, "is empty; accepted is a path"),
  })
  .refine((rule) => KINDS.filter((kind) => rule[kind] !== undefined).length === 1, {
    error: ({ input }) => {
      const given = KINDS.filter((kind) => (input as RuleText)[kind] !== undefined);
      return `has ${given.length === 0 ? "none" : given.join(" and ")}; accepted is one of exact, prefix and glob`;
    },
  });
const FILE = z.strictObject({ rules: z.array(RULE, says("a list of rules")) }, says("rules: and a list of them"));

/**
 * Reads a file of path rules, YAML or JSON:
 *
 * ```yaml
 * rules:
 *   - { exact: /v1/users, to: /users }
 *   - { glob: "/v1/users/*", to: "/users/:id", service: shop, method: GET }
 *   - { prefix: /old/, to: /old }
 * ```
 *
 * @throws CommanderError when it cannot be read; CountError `invalid` naming file, line, rule, field, value and what is accepted
 */
export async function readRulesFile(file: string): Promise<PathRule[]> {
  const found = await stat(file).catch((error: unknown) => {
    throw usageError(`${file} cannot be read: ${(error as Error).message}`);
  });
  if (found.size > MAX_BYTES) {
    throw usageError(`${file} has ${found.size} bytes; accepted are at most ${MAX_BYTES}`);
  }
  const content = await readFile(file, "utf8").catch((error: unknown) => {
    throw usageError(`${file} cannot be read: ${(error as Error).message}`);
  });
  return parseRules(content, file);
}

/** @param file its name, for the errors. @throws CountError `invalid` as {@link readRulesFile} */
export function parseRules(content: string, file: string): PathRule[] {
  const lines = new LineCounter();
  const document = parseDocument(content, { prettyErrors: false, logLevel: "error", lineCounter: lines });
  const at = (offset: number) => `${file}, line ${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken !== undefined) throw fault(`${at(broken.pos[0])}: it is neither YAML nor JSON: ${broken.message}`);
  const parsed = FILE.safeParse(contentOf(document, file));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw fault(`${at(offsetOf(document, issue.path))}: ${fieldName(issue.path)} ${messageOf(issue)}`);
  }
  return parsed.data.rules.map(ruleMessage);
}

function ruleMessage({ service, method, to, ...paths }: z.infer<typeof RULE>): PathRule {
  const kind = KINDS.find((one) => paths[one] !== undefined)!;
  return create(PathRuleSchema, {
    ...(service !== undefined && { service }),
    ...(method !== undefined && { method: methodFromName(method) }),
    path: { kind: { case: kind, value: paths[kind]! } },
    to,
  });
}

/** The inverse. */
export function ruleText({ service, method, path: filter, to }: PathRule): RuleText {
  const kind = filter?.kind;
  return {
    ...(service !== undefined && { service }),
    ...(method !== undefined && { method: methodName(method) ?? `METHOD_${method}` }),
    ...(kind?.case !== undefined && { [kind.case]: kind.value }),
    to,
  };
}

function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    throw fault(`${file}: it has too many aliases; accepted are ${MAX_ALIASES}`);
  }
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  const accepted = issue.path.length === 0 ? "rules" : "service, method, exact, prefix, glob and to";
  return `has ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}; accepted are ${accepted}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "is missing";
  const json = JSON.stringify(value);
  return `is ${json.length > 80 ? `${json.slice(0, 80)}…` : json}`;
}

function fault(message: string): CountError {
  return new CountError("invalid", message);
}
