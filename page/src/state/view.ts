/** What is looked at. All of it is in the address of the page, so that every view is a link. */
export interface View {
  /** A preset, or `custom` with from and to. */
  readonly range: Preset | "custom";
  /** `2026-11-01`; only with a custom range. */
  readonly from: string;
  readonly to: string;
  /** `auto` follows the length of the range. */
  readonly granularity: Granularity | "auto";
  readonly timeZone: string;
  /** What the chart is stacked by. */
  readonly stack: Stack;
  readonly services: readonly string[];
  readonly methods: readonly string[];
  readonly paths: readonly string[];
  readonly search: string;
  readonly sort: SortKey;
  readonly descending: boolean;
}

export const PRESETS = ["today", "7d", "30d", "90d", "12m"] as const;
export type Preset = (typeof PRESETS)[number];
export const GRANULARITIES = ["quarter_hour", "hour", "day", "week", "month"] as const;
export type Granularity = (typeof GRANULARITIES)[number];
export const STACKS = ["service", "method", "none"] as const;
export type Stack = (typeof STACKS)[number];
export const SORT_KEYS = ["path", "method", "service", "count", "change"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export const DEFAULT_VIEW: View = Object.freeze({
  range: "30d",
  from: "",
  to: "",
  granularity: "auto",
  timeZone: "UTC",
  stack: "service",
  services: [],
  methods: [],
  paths: [],
  search: "",
  sort: "count",
  descending: true,
});

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function oneOf<Word extends string>(words: readonly Word[], text: string | null): Word | undefined {
  return words.find((word) => word === text);
}

/** The view of an address. What it does not say, or says in no way that is understood, is as it is by default. */
export function viewOf(search: string): View {
  const given = new URLSearchParams(search);
  const [from, to] = [given.get("from") ?? "", given.get("to") ?? ""];
  const isCustom = DAY.test(from) && DAY.test(to) && from <= to;
  const sort = /^(-?)(\w+)$/.exec(given.get("sort") ?? "");
  const key = oneOf(SORT_KEYS, sort?.[2] ?? null);
  return {
    range: isCustom ? "custom" : (oneOf(PRESETS, given.get("range")) ?? DEFAULT_VIEW.range),
    from: isCustom ? from : "",
    to: isCustom ? to : "",
    granularity: oneOf(GRANULARITIES, given.get("granularity")) ?? "auto",
    timeZone: given.get("tz") || DEFAULT_VIEW.timeZone,
    stack: oneOf(STACKS, given.get("stack")) ?? DEFAULT_VIEW.stack,
    services: given.getAll("service"),
    methods: given.getAll("method"),
    paths: given.getAll("path"),
    search: given.get("q") ?? "",
    sort: key ?? DEFAULT_VIEW.sort,
    descending: key === undefined ? DEFAULT_VIEW.descending : sort?.[1] === "-",
  };
}

/** The address of a view, `?…`; the inverse of {@link viewOf}. What is as by default is left out. */
export function addressOf(view: View): string {
  const given = new URLSearchParams();
  if (view.range === "custom") {
    given.set("from", view.from);
    given.set("to", view.to);
  } else if (view.range !== DEFAULT_VIEW.range) given.set("range", view.range);
  if (view.granularity !== "auto") given.set("granularity", view.granularity);
  if (view.timeZone !== DEFAULT_VIEW.timeZone) given.set("tz", view.timeZone);
  if (view.stack !== DEFAULT_VIEW.stack) given.set("stack", view.stack);
  for (const service of view.services) given.append("service", service);
  for (const method of view.methods) given.append("method", method);
  for (const path of view.paths) given.append("path", path);
  if (view.search !== "") given.set("q", view.search);
  if (view.sort !== DEFAULT_VIEW.sort || view.descending !== DEFAULT_VIEW.descending) {
    given.set("sort", `${view.descending ? "-" : ""}${view.sort}`);
  }
  const text = given.toString();
  return text === "" ? "/" : `/?${text}`;
}
