import { useMemo } from "preact/hooks";
import { GRANULARITY_TEXTS } from "../controls/granularity-picker.tsx";
import { Segments } from "../controls/segments.tsx";
import { formatCount } from "../data/format.ts";
import type { TotalsState } from "../data/use-totals.ts";
import type { Granularity, Stack, View } from "../state/view.ts";
import { Bars } from "./bars.tsx";
import { Legend } from "./legend.tsx";
import { ChartNumbers } from "./numbers.tsx";
import { type Series, seriesOf } from "./series.ts";

interface ChartCardProps {
  readonly state: TotalsState;
  readonly view: View;
  readonly isDark: boolean;
  readonly go: (change: Partial<View>) => void;
}

/** Requests over time. */
export function ChartCard({ state, view, isDark, go }: ChartCardProps) {
  const { totals } = state;
  const stack = stackOf(state.query);
  const series = useMemo(() => (totals ? seriesOf(totals, stack) : []), [totals, stack]);
  const per = totals ? GRANULARITY_TEXTS[totals.granularity as Granularity].toLowerCase() : "";
  const title = per === "" ? "Requests over time" : `Requests per ${per}`;
  const choose = (key: string) => go(stack === "service" ? { services: [key] } : { methods: [key] });
  return (
    <section class="card" aria-labelledby="chart-title" aria-busy={state.loading}>
      <header class="card-header">
        <h2 id="chart-title">{title}</h2>
        <Segments
          label="Stack by"
          options={[
            ["service", "By service"],
            ["method", "By method"],
            ["none", "Together"],
          ]}
          value={view.stack}
          onChoose={(next: Stack) => go({ stack: next })}
        />
      </header>
      {totals && series.length > 0 ? (
        <>
          <Bars totals={totals} series={series} isDark={isDark} label={described(title, series)} />
          <Legend series={series} stack={stack} isDark={isDark} onChoose={choose} />
          <ChartNumbers totals={totals} series={series} />
        </>
      ) : (
        <div class="bars empty">
          <p>{totals ? "No requests in this range." : state.loading ? "Loading…" : "There is nothing to show."}</p>
        </div>
      )}
    </section>
  );
}

/** What the answer that is shown is stacked by: while the next one is on its way, that is not what the view says. */
function stackOf(query: string): Stack {
  const by = new URLSearchParams(query).get("by");
  return by === "service" || by === "method" ? by : "none";
}

function described(title: string, series: readonly Series[]): string {
  const parts = series.map(({ label, total }) => `${label} ${formatCount(total)}`);
  return `${title}, as bars. In all: ${parts.join(", ")}. The numbers are below the chart.`;
}
