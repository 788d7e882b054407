import { useEffect, useMemo, useState } from "preact/hooks";
import { ChartCard } from "./chart/chart-card.tsx";
import { FilterChips, Filters } from "./controls/filters.tsx";
import { GranularityPicker } from "./controls/granularity-picker.tsx";
import { RangePicker } from "./controls/range-picker.tsx";
import { ZonePicker } from "./controls/zone-picker.tsx";
import { useTotals } from "./data/use-totals.ts";
import { Header } from "./shell/header.tsx";
import { Headline } from "./shell/headline.tsx";
import { LiveStatus } from "./shell/live-status.tsx";
import { Notice } from "./shell/notice.tsx";
import { ThemeSwitch } from "./shell/theme-switch.tsx";
import { chartQuery, servicesQuery, tableQuery } from "./state/api-query.ts";
import { daysOf } from "./state/range.ts";
import { titleOf } from "./state/title.ts";
import type { Live } from "./state/use-live.ts";
import type { useTheme } from "./state/use-theme.ts";
import type { ViewState } from "./state/use-view.ts";
import { PathTable } from "./table/path-table.tsx";

interface DashboardProps extends ViewState {
  readonly live: Live;
  readonly theme: ReturnType<typeof useTheme>;
  /** Called when the server wants to know who asks. */
  readonly onDenied: (detail: string) => void;
  readonly signOut: (() => Promise<void>) | undefined;
}

/** The page itself. */
export function Dashboard({ view, go, live, theme, onDenied, signOut }: DashboardProps) {
  const { tick } = live;
  // The clock moves with the looks at the counts, so that a page that stays open follows midnight.
  const [nowMs, setNowMs] = useState(Date.now);
  // each tick is a look at the clock
  useEffect(() => setNowMs(Date.now()), [tick]);
  const days = useMemo(() => daysOf(view, nowMs), [view, nowMs]);

  const chart = useTotals(chartQuery(view, nowMs), tick);
  const table = useTotals(tableQuery(view, nowMs), tick);
  const services = useTotals(servicesQuery(view, nowMs), Math.floor(tick / 6));
  const failed = chart.failure === undefined ? table : chart;
  useEffect(() => {
    document.title = titleOf(view);
  }, [view]);
  useEffect(() => {
    if (failed.failure?.kind === "denied") onDenied(failed.failure.detail);
  }, [failed.failure, onDenied]);

  return (
    <>
      <a class="skip" href="#content">
        Skip to the counts
      </a>
      <Header>
        <LiveStatus live={live} state={chart} />
        {signOut && (
          <button type="button" class="button" onClick={() => void signOut()}>
            Sign out
          </button>
        )}
      </Header>
      <search class="toolbar" aria-label="What is shown">
        <RangePicker view={view} nowMs={nowMs} go={go} />
        <GranularityPicker view={view} nowMs={nowMs} go={go} />
        <ZonePicker value={view.timeZone} onChoose={(timeZone) => go({ timeZone })} />
        <Filters view={view} services={services.totals} go={go} />
        <FilterChips view={view} go={go} />
      </search>
      <main id="content" tabIndex={-1}>
        <Notice state={failed} view={view} paused={live.paused} onRetry={live.refresh} go={go} />
        <Headline state={chart} days={days} />
        <ChartCard state={chart} view={view} isDark={theme.isDark} go={go} />
        <PathTable state={table} view={view} tick={tick} nowMs={nowMs} go={go} />
      </main>
      <footer class="page-footer">
        <p>
          The same numbers as JSON and CSV: <a href="/openapi.json">the API</a>.
        </p>
        <ThemeSwitch theme={theme.theme} onChoose={theme.setTheme} />
      </footer>
    </>
  );
}
