import { daysOf, granularityOf, lengthOf, MAX_DAYS } from "../state/range.ts";
import { GRANULARITIES, type Granularity, type View } from "../state/view.ts";

export const GRANULARITY_TEXTS: Readonly<Record<Granularity, string>> = {
  quarter_hour: "15 minutes",
  hour: "Hour",
  day: "Day",
  week: "Week",
  month: "Month",
};

interface GranularityPickerProps {
  readonly view: View;
  readonly nowMs: number;
  readonly go: (change: Partial<View>) => void;
}

/** How the range is cut. What would be too many periods for its length cannot be chosen. */
export function GranularityPicker({ view, nowMs, go }: GranularityPickerProps) {
  const days = daysOf(view, nowMs);
  const automatic = granularityOf({ ...view, granularity: "auto" }, days);
  const isUsable = view.granularity === "auto" || lengthOf(days) <= MAX_DAYS[view.granularity];
  return (
    <label class="field">
      <span>Per</span>
      <select
        value={isUsable ? view.granularity : "auto"}
        onChange={(event) => go({ granularity: event.currentTarget.value as View["granularity"] })}
      >
        <option value="auto">{GRANULARITY_TEXTS[automatic]} (auto)</option>
        {GRANULARITIES.map((granularity) => (
          <option key={granularity} value={granularity} disabled={lengthOf(days) > MAX_DAYS[granularity]}>
            {GRANULARITY_TEXTS[granularity]}
          </option>
        ))}
      </select>
    </label>
  );
}
