/** What every entry point exports beside its adapter. */
export type { AdapterStatistics, Counting } from "./counting.ts";
export type { HttpCounting } from "./http-counting.ts";
export type { CountOptions, OwnCounter, SharedCounter } from "./options.ts";
export type { CountedRequest, IgnoreRule, RenameRule, RuleOptions } from "./rules.ts";
export type { AnyServer } from "./server-events.ts";
