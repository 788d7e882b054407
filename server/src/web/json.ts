import type { Answer } from "./route.ts";

/** An answer of one JSON object and a line feed. */
export function json(status: number, value: object): Answer {
  return { status, type: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}
