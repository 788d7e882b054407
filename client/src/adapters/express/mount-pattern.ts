import type { Layer, LayerPrototype, Pattern } from "./shapes.ts";

/** The patterns by which layers were mounted; what Express keeps of them depends on its version. */
const patterns = new WeakMap<Layer, Pattern>();

/** Of a layer with several patterns: a layer for each. */
const alternatives = new WeakMap<Layer, readonly { readonly pattern: Pattern; readonly layer: Layer }[]>();

/** Remembers what `use(path, …)` was called with. */
export function rememberMount(layers: readonly Layer[], args: readonly unknown[]): void {
  const pattern = isPattern(args[0]) ? args[0] : "/";
  for (const layer of layers) patterns.set(layer, pattern);
}

/** Whether it is what `use()` takes for a path: anything but functions, and arrays that begin with one. */
function isPattern(argument: unknown): argument is Pattern {
  let first = argument;
  while (Array.isArray(first)) first = (first as unknown[])[0];
  return typeof first === "string" || first instanceof RegExp;
}

/**
 * Where a layer is mounted in its router.
 *
 * @param concrete What the layer matched.
 * @param params The parameters by now.
 */
export function mountTemplate(layer: Layer, concrete: string, params: Readonly<Record<string, unknown>>): string {
  const pattern = patterns.get(layer) ?? layer.rawPath;
  return pattern === undefined ? templateByParams(concrete, params) : templateOf(layer, pattern, concrete, false);
}

/**
 * A pattern as text; of several the one that matches. Without a slash at its end: routers match with and without, unless they
 * are strict.
 */
export function templateOf(layer: Layer, pattern: Pattern, concrete: string, isWhole: boolean): string {
  if (typeof pattern === "string") return pattern.endsWith("/") ? pattern.slice(0, -1) : pattern;
  if (!isArray(pattern)) return String(pattern);
  let known = alternatives.get(layer);
  if (known === undefined) {
    const prototype = Object.getPrototypeOf(layer) as LayerPrototype;
    known = flatten(pattern).map((one) => ({
      pattern: one,
      layer: new prototype.constructor(one, { end: isWhole }, () => undefined),
    }));
    alternatives.set(layer, known);
  }
  const match = known.find((one) => one.layer.match(concrete)) ?? known[0];
  return match === undefined ? "" : templateOf(match.layer, match.pattern, concrete, isWhole);
}

/**
 * For what was mounted, in an older Express, before the adapter was: segments that are a parameter's value become its name. So
 * `/a/:x` is `/:x/:x` where x is a, which is wrong, and bounded all the same.
 */
function templateByParams(concrete: string, params: Readonly<Record<string, unknown>>): string {
  const names = Object.entries(params);
  if (names.length === 0) return concrete;
  return concrete
    .split("/")
    .map((segment) => {
      const value = decodeURIComponent(segment);
      const name = names.find(([, one]) => one === value && value !== "")?.[0];
      return name === undefined ? segment : `:${name}`;
    })
    .join("/");
}

function flatten(pattern: Pattern): readonly Pattern[] {
  return isArray(pattern) ? pattern.flatMap(flatten) : [pattern];
}

function isArray(pattern: Pattern): pattern is readonly Pattern[] {
  return Array.isArray(pattern);
}
