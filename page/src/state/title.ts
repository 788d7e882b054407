import type { View } from "./view.ts";

const RANGES = { today: "today", "7d": "7 days", "30d": "30 days", "90d": "90 days", "12m": "1 year" } as const;

/** The title of the page: what is looked at, as a tab or a bookmark shows it. */
export function titleOf(view: View): string {
  const range =
    view.range === "custom" ? (view.from === view.to ? view.from : `${view.from} to ${view.to}`) : RANGES[view.range];
  const services = view.services.map((name) => (name === "" ? "no service" : name));
  return [[...view.paths, ...view.methods, ...services].join(", "), range, "Count"]
    .filter((part) => part !== "")
    .join(" · ");
}
