import type { Totals } from "../data/answer.ts";
import { formatCount, formatPeriod } from "../data/format.ts";
import type { Series } from "./series.ts";

/** The numbers of the chart as a table: for whoever does not see it, and whoever wants to copy them. */
export function ChartNumbers({ totals, series }: { totals: Totals; series: readonly Series[] }) {
  return (
    <details class="numbers">
      <summary>Show the numbers of the chart</summary>
      {/* A region that scrolls has to be reached with the keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section class="scroller" aria-label="Numbers of the chart" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Period</th>
              {series.map(({ label }) => (
                <th scope="col" class="number" key={label}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {totals.periods.map(({ name, start }, at) => (
              <tr key={name}>
                <th scope="row">{formatPeriod(start, totals.granularity, totals.time_zone, "long")}</th>
                {series.map(({ label, values }) => (
                  <td class="number" key={label}>
                    {formatCount(values[at] ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
