import { type JsonCount, toNumber } from "../data/answer.ts";
import { formatCount, formatDay } from "../data/format.ts";
import type { TotalsState } from "../data/use-totals.ts";
import { type Days, lengthOf } from "../state/range.ts";
import { Change } from "../table/change.tsx";

/** How many requests there were, how that compares, and how far the numbers are final. */
export function Headline({ state, days }: { state: TotalsState; days: Days }) {
  const { totals } = state;
  const range = days.from === days.to ? formatDay(days.from) : `${formatDay(days.from)} – ${formatDay(days.to)}`;
  return (
    <section class="headline" aria-labelledby="requests-title" aria-busy={state.loading}>
      <div class="total">
        <h2 id="requests-title">Requests</h2>
        <p class="figure">
          {totals ? formatCount(totals.total) : state.loading ? <span class="placeholder">000,000</span> : "–"}
        </p>
        <p class="quiet">
          {totals && <Comparison now={totals.total} before={totals.previous_total ?? 0} days={lengthOf(days)} />}
          {range}
        </p>
      </div>
      {totals && (
        <dl class="facts">
          <div>
            <dt>Not rolled up yet</dt>
            <dd title="Stored and counted here; the next roll-up adds them to the daily totals.">
              {formatCount(totals.pending)}
            </dd>
          </div>
          <div>
            <dt>Rolled up through</dt>
            <dd>{totals.complete_through === null ? "no day yet" : formatDay(totals.complete_through)}</dd>
          </div>
          <div class={toNumber(totals.known_lost) > 0 ? "bad" : ""}>
            <dt>Known to be lost</dt>
            <dd title="What clients had to drop before they reached a server, in this range, of all services.">
              {formatCount(totals.known_lost)}
            </dd>
          </div>
        </dl>
      )}
    </section>
  );
}

function Comparison({ now, before, days }: { now: JsonCount; before: JsonCount; days: number }) {
  const range = days === 1 ? "the day before" : `the ${days} days before`;
  return toNumber(before) === 0 ? (
    <>none in {range} · </>
  ) : (
    <>
      <Change now={now} before={before} /> against {range} ·{" "}
    </>
  );
}
