import { Method, methodName } from "@count/proto";

export interface Pair {
  readonly method: Method;
  readonly path: string;
}

const METHODS = [Method.GET, Method.POST, Method.PUT, Method.DELETE];
const RESOURCES = 50;

/** The 200 (method, path) pairs of every measure: an API of fifty resources. */
export const PAIRS: readonly Pair[] = Array.from({ length: RESOURCES }, (_, i) =>
  METHODS.map((method) => ({ method, path: `/api/v1/resource-${String(i).padStart(2, "0")}/:id` })),
).flat();

/** The same with the method's name, as a host has it. */
export const NAMED_PAIRS: readonly { readonly method: string; readonly path: string }[] = PAIRS.map(
  ({ method, path }) => ({ method: methodName(method) ?? "", path }),
);
