import { type Days, daysOf } from "../state/range.ts";
import { PRESETS, type View } from "../state/view.ts";
import { Segments } from "./segments.tsx";

const TEXTS = { today: "Today", "7d": "7 days", "30d": "30 days", "90d": "90 days", "12m": "1 year" } as const;

interface RangePickerProps {
  readonly view: View;
  readonly nowMs: number;
  readonly go: (change: Partial<View>) => void;
}

/** Presets, and the days that they mean, which can be changed one by one. */
export function RangePicker({ view, nowMs, go }: RangePickerProps) {
  const days = daysOf(view, nowMs);
  const change = (part: Partial<Days>) => {
    const next = { ...days, ...part };
    // A field that is emptied, or a year that is half typed, is no day yet.
    if (!/^[1-9]\d{3}-/.test(next.from) || !/^[1-9]\d{3}-/.test(next.to)) return;
    // Whichever of the two was changed moves the other one along.
    if (next.from > next.to) go({ range: "custom", from: part.from ?? next.to, to: part.from ?? next.to });
    else go({ range: "custom", ...next });
  };
  return (
    <>
      <Segments
        label="Range"
        options={PRESETS.map((preset) => [preset, TEXTS[preset]] as const)}
        value={view.range === "custom" ? undefined : view.range}
        onChoose={(range) => go({ range, from: "", to: "" })}
      />
      <label class="field">
        <span>From</span>
        <input
          type="date"
          required
          value={days.from}
          onChange={(event) => change({ from: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>To</span>
        <input type="date" required value={days.to} onChange={(event) => change({ to: event.currentTarget.value })} />
      </label>
    </>
  );
}
