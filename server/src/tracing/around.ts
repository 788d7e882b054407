import type { Statement } from "../db/database.ts";
import type { AroundFlush } from "../ingest/ingest-observer.ts";
import type { AroundStep } from "../rollup/roll-up.ts";
import type { Tracing } from "./tracing.ts";

/** A trace for each flush: streams have none, and one flush stores what many of them brought. */
export function aroundFlush({ span }: Pick<Tracing, "span">): AroundFlush {
  return ({ requests, keys, batches }, store) => {
    const attributes = { "count.requests": requests, "count.keys": keys, "count.batches": batches };
    return span("flush", { within: "root", attributes }, store);
  };
}

/** A span for each transaction of a roll-up, in the trace of the call that asked for it. */
export function aroundStep({ span }: Pick<Tracing, "span">): AroundStep {
  return ({ rows, entries }, fold) =>
    span("roll-up step", { attributes: { "count.rows": rows, "count.entries": entries } }, fold);
}

/** A span for each statement of a flush, a call or a step, by its name; never its values. What nobody asked for has none. */
export function aroundStatement<Result>(
  { span }: Pick<Tracing, "span">,
  { name }: Pick<Statement, "name">,
  run: () => Promise<Result>,
): Promise<Result> {
  // CockroachDB speaks the same protocol.
  const attributes = { "db.system.name": "postgresql", "db.query.summary": name };
  return span(name, { within: "child", kind: "client", attributes }, run);
}
