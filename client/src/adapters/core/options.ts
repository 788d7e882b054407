import { CountClientError } from "../../count-client-error.ts";
import { type Counter, createCounter } from "../../counter.ts";
import type { Logger } from "../../logger.ts";
import type { CounterOptions } from "../../options.ts";
import type { RuleOptions } from "./rules.ts";

/** A counter that the host has made, and closes; several adapters may share it. */
export interface SharedCounter {
  readonly counter: Counter;
  /** Default: the counter's. */
  readonly service?: string;
  /** Where the adapter says what it cannot do. Default: warnings of the process, each once. */
  readonly logger?: Logger;
}

/** What `createCounter` takes: the adapter makes a counter of its own, and closes it. */
export interface OwnCounter extends Omit<CounterOptions, "target" | "service"> {
  readonly counter?: never;
  /** The Count server, as in {@link CounterOptions.target}. Default: the environment's COUNT_SERVER. */
  readonly target?: string;
  /** Default: the environment's OTEL_SERVICE_NAME, or else npm_package_name, or else the empty service. */
  readonly service?: string;
}

/** Options of every adapter. */
export type CountOptions = RuleOptions & (SharedCounter | OwnCounter);

/** What an adapter counts with. */
export interface CounterInUse {
  readonly counter: Counter;
  /** Of every request; undefined where the counter's own is meant. */
  readonly service: string | undefined;
  readonly isOwn: boolean;
}

/**
 * @param defaultService The service where the options name none; undefined: see {@link OwnCounter.service}.
 * @throws CountClientError as `createCounter`; `invalid` when there is neither a counter nor a target.
 */
export function counterInUse(options: CountOptions, defaultService?: string): CounterInUse {
  if (options.counter !== undefined) {
    if (typeof options.counter.record !== "function") {
      throw new CountClientError("invalid", "counter is not what createCounter() returns");
    }
    return { counter: options.counter, service: options.service ?? defaultService, isOwn: false };
  }
  const target = options.target ?? env("COUNT_SERVER");
  if (target === undefined) {
    throw new CountClientError("invalid", "neither target nor the environment's COUNT_SERVER names a Count server");
  }
  const service = options.service ?? defaultService ?? env("OTEL_SERVICE_NAME") ?? env("npm_package_name") ?? "";
  return { counter: createCounter({ ...options, target, service }), service: undefined, isOwn: true };
}

/** An empty variable is none, as everywhere in Count. */
function env(name: string): string | undefined {
  return process.env[name] || undefined;
}
