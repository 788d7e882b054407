import { type Counter, createCounter } from "../../../src/index.ts";

export function fail(): never {
  throw new Error("thrown by the host");
}

/** A counter that breaks its promise never to throw. */
export function throwingCounter(): Counter {
  const counter = createCounter({ target: "127.0.0.1:1" });
  return {
    record: fail,
    statistics: () => counter.statistics(),
    prometheus: () => counter.prometheus(),
    close: (options) => counter.close(options),
    [Symbol.asyncDispose]: () => counter[Symbol.asyncDispose](),
  };
}
