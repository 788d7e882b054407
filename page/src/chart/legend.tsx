import { formatCount, formatShare } from "../data/format.ts";
import type { Stack } from "../state/view.ts";
import { colorOf } from "./palette.ts";
import type { Series } from "./series.ts";

interface LegendProps {
  readonly series: readonly Series[];
  readonly stack: Stack;
  readonly isDark: boolean;
  readonly onChoose: (key: string) => void;
}

/** What each colour stands for and adds up to. A click shows only that. */
export function Legend({ series, stack, isDark, onChoose }: LegendProps) {
  const all = series.reduce((sum, { total }) => sum + total, 0);
  if (stack === "none") return null;
  return (
    <ul class="legend" aria-label={`Requests by ${stack}`}>
      {series.map(({ key, label, total, remainder }, index) => {
        const text = (
          <>
            <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
              <rect width="10" height="10" rx="3" fill={colorOf(index, remainder, isDark)} />
            </svg>
            <span class="name">{label}</span>
            <span class="amount">{formatCount(total)}</span>
            <span class="part">{formatShare(total, all)}</span>
          </>
        );
        return (
          <li key={remainder ? "remainder" : `key ${key ?? ""}`}>
            {key === undefined ? (
              <span class="entry">{text}</span>
            ) : (
              <button type="button" class="entry" title={`Show only ${label}`} onClick={() => onChoose(key)}>
                {text}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
