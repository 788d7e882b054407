import { daysOf, granularityOf, lengthOf } from "./range.ts";
import type { View } from "./view.ts";

/** Services or methods that the chart tells apart; what others have is one more colour. */
export const MAX_SERIES = 7;
/** Paths that the table holds. With more, what the others have is in its last row, and searching finds them. */
export const MAX_PATHS = 1_000;

function base(view: View, nowMs: number): URLSearchParams {
  const { from, to } = daysOf(view, nowMs);
  const query = new URLSearchParams({ from, to });
  if (view.timeZone !== "UTC") query.set("time_zone", view.timeZone);
  for (const service of view.services) query.append("service", service);
  for (const method of view.methods) query.append("method", method);
  return query;
}

function withPaths(query: URLSearchParams, view: View): URLSearchParams {
  for (const path of view.paths) query.append("path", path);
  return query;
}

/** What the chart and the headline ask. */
export function chartQuery(view: View, nowMs: number): string {
  const query = withPaths(base(view, nowMs), view);
  query.set("granularity", granularityOf(view, daysOf(view, nowMs)));
  query.set("compare", "previous");
  if (view.stack !== "none") {
    query.set("by", view.stack);
    query.set("top", String(MAX_SERIES));
  }
  return query.toString();
}

/** A glob for what somebody types: the text anywhere, unless they write a pattern themselves. */
export function globOf(search: string): string {
  const text = search.trim();
  return /[*?]/.test(text) ? text : `**${text}**`;
}

function pathQuery(view: View, nowMs: number): URLSearchParams {
  const query = base(view, nowMs);
  query.set("by", "path,method,service");
  query.set("compare", "previous");
  // A chosen path is one path: there is nothing to search in it.
  if (view.paths.length > 0) return withPaths(query, view);
  if (view.search.trim() !== "") query.set("path_glob", globOf(view.search));
  return query;
}

/** What the table asks. */
export function tableQuery(view: View, nowMs: number): string {
  const query = pathQuery(view, nowMs);
  query.set("top", String(MAX_PATHS));
  return query.toString();
}

/** The same as a file, with all paths. */
export function csvAddress(view: View, nowMs: number): string {
  const query = pathQuery(view, nowMs);
  query.set("format", "csv");
  return `/api/v1/totals?${query.toString()}`;
}

/** What the lines beside some paths ask: at most some sixty points each. */
export function trendQuery(view: View, paths: readonly string[], nowMs: number): string {
  const query = base(view, nowMs);
  const length = lengthOf(daysOf(view, nowMs));
  query.set("granularity", length <= 2 ? "hour" : length <= 60 ? "day" : length <= 400 ? "week" : "month");
  query.set("by", "path,method,service");
  query.set("page_size", "10000");
  for (const path of paths) query.append("path", path);
  return query.toString();
}

/** The services that there are to choose from. */
export function servicesQuery(view: View, nowMs: number): string {
  const { from, to } = daysOf(view, nowMs);
  const query = new URLSearchParams({ from, to, by: "service", top: "500" });
  if (view.timeZone !== "UTC") query.set("time_zone", view.timeZone);
  return query.toString();
}
