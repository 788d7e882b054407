const WIDTH = 100;
const HEIGHT = 24;

/** A line of counts over time, from 0 to its own highest point. It repeats what the chart has, and is not read out. */
export function Sparkline({ values }: { values: readonly number[] | undefined }) {
  if (values === undefined || values.length === 0) return <svg class="sparkline" aria-hidden="true" />;
  const highest = Math.max(...values, 1);
  const x = (at: number) => (values.length === 1 ? WIDTH / 2 : (at / (values.length - 1)) * WIDTH);
  const y = (value: number) => HEIGHT - 1.5 - (value / highest) * (HEIGHT - 3);
  const points = values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  if (values.length === 1) points.push(`${WIDTH},${y(values[0] ?? 0).toFixed(1)}`);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <polygon class="area" points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} />
      <polyline class="line" points={points.join(" ")} />
    </svg>
  );
}
