import { formatTime } from "../data/format.ts";
import type { TotalsState } from "../data/use-totals.ts";
import type { Live } from "../state/use-live.ts";

/** Whether the counts on the page are kept up to date, as of when they are, and the button that stops it. */
export function LiveStatus({ live, state }: { live: Live; state: TotalsState }) {
  const { failure, at } = state;
  const mood = live.paused ? "paused" : failure?.kind === "away" ? "away" : "live";
  const word = { paused: "Paused", away: "No connection", live: "Live" }[mood];
  return (
    <div class={`live mood-${mood}`}>
      <span class="dot" aria-hidden="true" />
      <span class="word">{word}</span>
      {at > 0 && (
        <span class="quiet time">
          <span class="as-of">as of </span>
          <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
        </span>
      )}
      <button type="button" class="icon" aria-pressed={live.paused} onClick={live.toggle}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          {live.paused ? <path d="M5 3.5v9l7-4.5z" /> : <path d="M4.5 3.5h2.5v9H4.5zM9 3.5h2.5v9H9z" />}
        </svg>
        <span class="hidden">Pause the live refresh</span>
      </button>
    </div>
  );
}
