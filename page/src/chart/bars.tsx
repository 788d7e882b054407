import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from "chart.js";
import { useEffect, useRef } from "preact/hooks";
import type { Totals } from "../data/answer.ts";
import { formatCompact, formatCount, formatPeriod } from "../data/format.ts";
import { colorOf } from "./palette.ts";
import type { Series } from "./series.ts";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

interface BarsProps {
  readonly totals: Totals;
  readonly series: readonly Series[];
  readonly isDark: boolean;
  /** What somebody who does not see the chart is told instead; the numbers are in the table below it. */
  readonly label: string;
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Stacked bars, one for each period. */
export function Bars({ totals, series, isDark, label }: BarsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<"bar", number[], string>>(null);

  useEffect(() => {
    if (canvas.current === null) return undefined;
    chart.current = new Chart(canvas.current, { type: "bar", data: { labels: [], datasets: [] } });
    return () => {
      chart.current?.destroy();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    if (chart.current !== null) draw(chart.current, totals, series, isDark);
  }, [totals, series, isDark]);
  return (
    <div class="bars">
      <canvas ref={canvas} role="img" aria-label={label} />
    </div>
  );
}

function draw(chart: Chart<"bar", number[], string>, totals: Totals, series: readonly Series[], isDark: boolean): void {
  const style = getComputedStyle(document.documentElement);
  const [ink, line, card] = ["--ink-soft", "--line", "--card"].map((name) => style.getPropertyValue(name).trim());
  const font = { family: style.fontFamily, size: 12 };
  const named = (how: "short" | "long") =>
    totals.periods.map(({ start }) => formatPeriod(start, totals.granularity, totals.time_zone, how));
  const long = named("long");
  // Many bars are thin, and a gap between the colours would eat them.
  const gap = totals.periods.length > 120 ? 0 : 1;
  chart.data = {
    labels: named("short"),
    datasets: series.map(({ label, values, remainder }, index) => ({
      label,
      data: [...values],
      backgroundColor: colorOf(index, remainder, isDark),
      borderColor: card ?? "",
      borderWidth: { top: gap },
      borderSkipped: false,
      maxBarThickness: 56,
      categoryPercentage: 0.86,
      barPercentage: 0.94,
    })),
  };
  chart.options = {
    responsive: true,
    maintainAspectRatio: false,
    animation: still.matches ? false : { duration: 250 },
    interaction: { mode: "index", intersect: false },
    scales: {
      x: {
        stacked: true,
        grid: { display: false },
        border: { color: line ?? "" },
        ticks: { color: ink ?? "", font, maxRotation: 0, autoSkipPadding: 18 },
      },
      y: {
        stacked: true,
        beginAtZero: true,
        border: { display: false },
        grid: { color: line ?? "" },
        ticks: {
          color: ink ?? "",
          font,
          maxTicksLimit: 6,
          precision: 0,
          callback: (value) => formatCompact(Number(value)),
        },
      },
    },
    plugins: {
      tooltip: {
        backgroundColor: isDark ? "#f3f5f9" : "#161b24",
        titleColor: isDark ? "#161b24" : "#ffffff",
        bodyColor: isDark ? "#161b24" : "#ffffff",
        footerColor: isDark ? "#161b24" : "#ffffff",
        padding: 12,
        cornerRadius: 8,
        boxPadding: 6,
        usePointStyle: true,
        filter: ({ parsed }) => parsed.y !== 0,
        callbacks: {
          title: (items) => long[items[0]?.dataIndex ?? 0] ?? "",
          label: ({ dataset, parsed }) => `${dataset.label ?? ""}: ${formatCount(parsed.y ?? 0)}`,
          footer: (items) =>
            items.length < 2 ? "" : `All: ${formatCount(items.reduce((sum, { parsed }) => sum + (parsed.y ?? 0), 0))}`,
        },
      },
    },
  };
  chart.update();
}
