import { CountClientError } from "../../count-client-error.ts";

/** A request as the rules see it. */
export interface CountedRequest {
  /** As HTTP has it; `GRPC` for a gRPC call. */
  readonly method: string;
  /** The route template; `(unmatched)` where no route matched. */
  readonly path: string;
}

/** What is not counted: a path as a whole, paths that a pattern finds itself in, or requests for which a function gives true. */
export type IgnoreRule = string | RegExp | ((request: CountedRequest) => boolean);

/**
 * Under which path a request is counted instead: a path as a whole or every occurrence of a pattern (as in String.replace: the
 * first one, unless the pattern is global), and what takes its place; or a function that gives the path.
 */
export type RenameRule = readonly [from: string | RegExp, to: string] | ((request: CountedRequest) => string);

export interface RuleOptions {
  /** Not counted; the adapter's statistics say how many. They see the path as it is before it is renamed. Default: none. */
  readonly ignore?: readonly IgnoreRule[];
  /** Applied in their order, each to what the one before has made. Default: none. */
  readonly rename?: readonly RenameRule[];
}

/**
 * The rules of an adapter. A function of the host's that throws, or gives what it should not, is left out for that request and
 * told to `onFailure`: the request is counted all the same.
 */
export class Rules {
  readonly #ignore: readonly IgnoreRule[];
  readonly #rename: readonly RenameRule[];
  readonly #onFailure: (error: unknown) => void;

  /** @throws CountClientError `invalid` naming the rule. */
  constructor({ ignore = [], rename = [] }: RuleOptions, onFailure: (error: unknown) => void) {
    this.#ignore = checked("ignore", ignore, isIgnoreRule, "a path, a RegExp or a function");
    this.#rename = checked("rename", rename, isRenameRule, "[path or RegExp, path] or a function");
    this.#onFailure = onFailure;
  }

  ignores(request: CountedRequest): boolean {
    for (const rule of this.#ignore) {
      if (typeof rule === "string") {
        if (rule === request.path) return true;
        // Not test(): it remembers where it was when the pattern is global.
      } else if (rule instanceof RegExp) {
        if (request.path.search(rule) !== -1) return true;
      } else if (this.#ask("ignore", "boolean", rule, request) === true) return true;
    }
    return false;
  }

  rename({ method, path }: CountedRequest): string {
    let renamed = path;
    for (const rule of this.#rename) {
      if (typeof rule === "function") {
        renamed = (this.#ask("rename", "string", rule, { method, path: renamed }) as string | undefined) ?? renamed;
        continue;
      }
      const [from, to] = rule;
      if (typeof from !== "string") renamed = renamed.replace(from, to);
      else if (from === renamed) renamed = to;
    }
    return renamed;
  }

  #ask(name: string, type: "boolean" | "string", rule: (request: CountedRequest) => unknown, request: CountedRequest) {
    try {
      const answer = rule(request);
      if (typeof answer === type) return answer;
      // A rule that is async by mistake must not end the process with an unhandled rejection.
      void Promise.resolve(answer).catch(() => undefined);
      throw new TypeError(`a function of ${name} gave ${answer === null ? "null" : typeof answer}, not a ${type}`);
    } catch (error) {
      this.#onFailure(error);
      return undefined;
    }
  }
}

function checked<T>(name: string, rules: readonly T[], is: (rule: unknown) => boolean, accepted: string): readonly T[] {
  if (!Array.isArray(rules)) throw new CountClientError("invalid", `${name} is not an array of rules`);
  const wrong = rules.findIndex((rule) => !is(rule));
  if (wrong !== -1) throw new CountClientError("invalid", `${name}[${wrong}] is not ${accepted}`);
  return [...(rules as readonly T[])];
}

function isIgnoreRule(rule: unknown): boolean {
  return typeof rule === "string" || rule instanceof RegExp || typeof rule === "function";
}

function isRenameRule(rule: unknown): boolean {
  if (typeof rule === "function") return true;
  if (!Array.isArray(rule) || rule.length !== 2) return false;
  const [from, to] = rule as unknown[];
  return (typeof from === "string" || from instanceof RegExp) && typeof to === "string";
}
