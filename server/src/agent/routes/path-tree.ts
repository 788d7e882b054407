import { CountError } from "../../domain/count-error.ts";

/** A path template and what it leads to. */
export interface Template<Value> {
  /** `/users/:id`, `/users/{id}`, `/files/{name}.json`, `/static/*`. */
  readonly template: string;
  readonly value: Value;
}

interface Node<Value> {
  readonly literals: Map<string, Node<Value>>;
  /** Segments that are a parameter in part, longest text first. */
  readonly mixed: { readonly source: string; readonly pattern: RegExp; readonly node: Node<Value> }[];
  parameter: Node<Value> | undefined;
  value: Value | undefined;
  /** Of a template that ends here with `*`. */
  rest: Value | undefined;
}

const BRACED = /\{[^{}/]+\}/g;
/** A parameter that is the whole segment. */
const WHOLE = /^(?:\{[^{}/]+\}|:[A-Za-z_]\w*)$/;

/**
 * Finds the template of a path. Where several fit, what is literal earliest wins: `/users/me` before `/users/:id` before
 * `/users/*`. An escape of a path stands for its character; a slash at the end is ignored, and empty segments are not.
 */
export class PathTree<Value> {
  readonly #root: Node<Value> = newNode();

  /** @throws CountError `invalid` for a template that cannot be used, or two that fit the same paths. */
  constructor(templates: readonly Template<Value>[]) {
    for (const { template, value } of templates) this.#add(template, value);
  }

  /** @param path without query string */
  find(path: string): Value | undefined {
    const segments = segmentsOf(path).map(decoded);
    return find(this.#root, segments, 0);
  }

  #add(template: string, value: Value): void {
    if (!template.startsWith("/") || /[?#\0]/.test(template)) {
      throw new CountError(
        "invalid",
        `${JSON.stringify(template)} is no path template; accepted are such as /users/:id`,
      );
    }
    const segments = segmentsOf(template);
    let node = this.#root;
    for (const [at, segment] of segments.entries()) {
      if (segment === "*" || segment === "**") {
        if (at !== segments.length - 1) {
          throw new CountError(
            "invalid",
            `${JSON.stringify(template)} has * before its end; accepted is one at the end`,
          );
        }
        if (node.rest !== undefined) throw twice(template);
        node.rest = value;
        return;
      }
      node = child(node, segment);
    }
    if (node.value !== undefined) throw twice(template);
    node.value = value;
  }
}

function child<Value>(node: Node<Value>, segment: string): Node<Value> {
  if (WHOLE.test(segment)) {
    node.parameter ??= newNode();
    return node.parameter;
  }
  // `{id}` in a segment is a parameter; a colon within one is text, as Google's custom methods have it (/jobs/1:cancel).
  if (segment.search(BRACED) >= 0) {
    const source = segment.split(BRACED).map(escapeRegExp).join("(.+)");
    let mixed = node.mixed.find((known) => known.source === source);
    if (mixed === undefined) {
      mixed = { source, pattern: new RegExp(`^${source}$`, "s"), node: newNode() };
      node.mixed.push(mixed);
      node.mixed.sort((a, b) => b.source.length - a.source.length);
    }
    return mixed.node;
  }
  const text = decoded(segment);
  let literal = node.literals.get(text);
  if (literal === undefined) {
    literal = newNode();
    node.literals.set(text, literal);
  }
  return literal;
}

function find<Value>(node: Node<Value>, segments: readonly string[], at: number): Value | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.value ?? node.rest;
  const literal = node.literals.get(segment);
  let found = literal && find(literal, segments, at + 1);
  if (found !== undefined) return found;
  for (const { pattern, node: next } of node.mixed) {
    if (!pattern.test(segment)) continue;
    found = find(next, segments, at + 1);
    if (found !== undefined) return found;
  }
  if (node.parameter !== undefined && segment !== "") found = find(node.parameter, segments, at + 1);
  return found ?? node.rest;
}

function segmentsOf(path: string): string[] {
  const end = path.length > 1 && path.endsWith("/") ? path.length - 1 : path.length;
  return end === 1 ? [] : path.slice(1, end).split("/");
}

function decoded(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function newNode<Value>(): Node<Value> {
  return { literals: new Map(), mixed: [], parameter: undefined, value: undefined, rest: undefined };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function twice(template: string): CountError {
  return new CountError("invalid", `${JSON.stringify(template)} fits the same paths as a template before it`);
}
