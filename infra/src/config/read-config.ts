import { parse as parseYaml, YAMLParseError } from "yaml";
import type { z } from "zod";
import { type Config, configSchema } from "./config.ts";

/** A configuration that cannot be used; the message has a line for each fault, with field, value and what is accepted. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads a configuration from YAML or JSON; an empty text is the default configuration.
 *
 * @param source its name in messages
 * @throws ConfigError
 */
export function readConfig(text: string, source: string): Config {
  let value: unknown;
  try {
    value = parseYaml(text, { uniqueKeys: true }) ?? {};
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new ConfigError(`${source} is neither YAML nor JSON: ${error.message}`);
  }
  return checkConfig(value, source);
}

/** Completes a configuration. @throws ConfigError */
export function checkConfig(value: unknown, source = "the configuration"): Config {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => explain(issue, value));
  throw new ConfigError(`${source} cannot be used:\n${faults.map((fault) => `  ${fault}\n`).join("")}`.trimEnd());
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, root: unknown): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${fieldName([...issue.path, key])}: there is no such field`);
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const accepted = issue.errors.flatMap((errors) => errors.map(({ message }) => accepts(message)));
    return [
      `${fieldName(issue.path)}: ${shown(valueAt(root, issue.path))} is not accepted; expected ${accepted.join(", or ")}`,
    ];
  }
  if (issue.code === "invalid_key") {
    const reasons = issue.issues.map(({ message }) => accepts(message)).join(", ");
    return [`${fieldName(issue.path)}: this key is not accepted; expected ${reasons}`];
  }
  return [
    `${fieldName(issue.path)}: ${shown(valueAt(root, issue.path))} is not accepted; expected ${accepts(issue.message)}`,
  ];
}

/** The part of zod's message that says what is accepted. */
function accepts(message: string): string {
  return message
    .replace(/^.*?\bexpected /i, "")
    .replace(/, received .*$/, "")
    .replace(/^(?:number|int) to be/, "a number")
    .replace(/>=\s*/, "of at least ")
    .replace(/<=\s*/, "of at most ");
}

function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "(the whole)";
  return path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${String(part)}`))
    .join("");
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
