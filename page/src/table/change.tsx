import { type JsonCount, toNumber } from "../data/answer.ts";
import { formatChange, formatCount } from "../data/format.ts";

/** How a count compares with the one of the period before. More is not better, so colours only tell up from down. */
export function Change({ now, before }: { now: JsonCount; before: JsonCount }) {
  const [to, from] = [toNumber(now), toNumber(before)];
  const direction = to > from ? "up" : to < from ? "down" : "same";
  return (
    <span class={`change ${direction}`} title={`${formatCount(before)} in the period before`}>
      {formatChange(from, to)}
    </span>
  );
}
