import { z } from "zod";
import { CountError } from "../../domain/count-error.ts";
import { readDocument } from "./document.ts";

/** What becomes of the requests that fit a template. */
export interface RouteRule {
  readonly template: string;
  /** The path that is counted; undefined: none is. */
  readonly counted: string | undefined;
}

export interface RulesFile {
  readonly rules: readonly RouteRule[];
  /** What becomes of a path that fits none: counted under `(unmatched)`, or with its ids replaced. */
  readonly otherwise: "unmatched" | "normalize";
}

const RULES = z.strictObject({
  paths: z.array(
    z.union([
      z.string(),
      z.strictObject({ path: z.string(), as: z.string().min(1).optional(), ignore: z.boolean().optional() }),
    ]),
  ),
  otherwise: z.enum(["unmatched", "normalize"]).optional(),
});

/**
 * Reads a file of rules:
 *
 * ```yaml
 * paths:
 *   - /users/:id            # or /users/{id}; counted under the template
 *   - /static/*             # everything below it
 *   - { path: "/v1/u/:id", as: "/users/:id" }
 *   - { path: /healthz, ignore: true }
 * otherwise: unmatched      # or: normalize
 * ```
 *
 * @throws CountError `invalid` naming file, field and what is accepted.
 */
export function readRulesFile(file: string): RulesFile {
  const parsed = RULES.safeParse(readDocument(file));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new CountError(
      "invalid",
      `${file}: ${path.length === 0 ? "the file" : path.join(".")}: ${message}; accepted are paths (templates such as ` +
        `/users/:id, or path with as or ignore) and otherwise (unmatched or normalize)`,
    );
  }
  const { paths, otherwise = "unmatched" } = parsed.data;
  const rules = paths.map((rule): RouteRule => {
    if (typeof rule === "string") return { template: rule, counted: rule };
    const { path, as, ignore } = rule;
    if (ignore === true && as !== undefined) {
      throw new CountError("invalid", `${file}: ${path} has as and ignore; accepted is one of them`);
    }
    return { template: path, counted: ignore === true ? undefined : (as ?? path) };
  });
  return { rules, otherwise };
}
