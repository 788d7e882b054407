import { formatDay, formatTime } from "../data/format.ts";
import type { TotalsState } from "../data/use-totals.ts";
import type { View } from "../state/view.ts";

interface NoticeProps {
  readonly state: TotalsState;
  readonly view: View;
  readonly paused: boolean;
  readonly onRetry: () => void;
  readonly go: (change: Partial<View>) => void;
}

/** Why the page does not show what was asked for, and what to do. */
export function Notice({ state, view, paused, onRetry, go }: NoticeProps) {
  const { failure, totals, at } = state;
  if (failure === undefined || failure.kind === "denied") return null;
  if (failure.kind === "out-of-range") return <OutOfRange state={state} view={view} go={go} />;
  if (failure.kind === "refused") {
    return (
      <div class="notice" role="alert">
        <p>
          <strong>The server cannot answer this.</strong> {sentence(failure.detail)}
        </p>
      </div>
    );
  }
  return (
    <div class="notice" role="alert">
      <p>
        <strong>{sentence(failure.detail)}</strong> {totals ? `These are the counts as of ${formatTime(at)}. ` : ""}
        {paused ? "" : "The page tries again every ten seconds."}
      </p>
      <button type="button" class="button" onClick={onRetry}>
        Try again now
      </button>
    </div>
  );
}

/** What the server says, as a sentence among others. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return begun === "" || /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** The days of a zone are made of 15-minute counts, which are kept for some weeks; UTC days are kept for ever. */
function OutOfRange({ state, view, go }: Pick<NoticeProps, "state" | "view" | "go">) {
  const since = state.totals?.buckets_from;
  const isShort = view.granularity === "hour" || view.granularity === "quarter_hour";
  return (
    <div class="notice" role="alert">
      <p>
        <strong>
          {isShort
            ? "Counts by the hour do not go back that far."
            : `Days of ${view.timeZone} do not go back that far.`}
        </strong>{" "}
        Counts of 15 minutes are kept{since ? ` since ${formatDay(since)}` : " for some weeks"}; before that there are
        only whole days of UTC. <span class="quiet">{sentence(state.failure?.detail ?? "")}</span>
      </p>
      <button
        type="button"
        class="button"
        onClick={() => go({ timeZone: "UTC", granularity: isShort ? "day" : view.granularity })}
      >
        Show days of UTC
      </button>
    </div>
  );
}
