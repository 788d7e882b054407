import { NO_SERVICE } from "../chart/series.ts";
import { toNumber } from "../data/answer.ts";
import { formatCount, formatShare } from "../data/format.ts";
import { Change } from "./change.tsx";
import type { PathRow } from "./path-rows.ts";
import { Sparkline } from "./sparkline.tsx";

interface PathLineProps {
  readonly row: PathRow;
  /** Requests of the whole range, for the share. */
  readonly all: number;
  /** Requests of the path that has most, for the bar. */
  readonly most: number;
  readonly trend: readonly number[] | undefined;
  readonly onPath: (path: string) => void;
  readonly onMethod: (method: string) => void;
  readonly onService: (service: string) => void;
}

export function PathLine({ row, all, most, trend, onPath, onMethod, onService }: PathLineProps) {
  const { path, method, service, count, previous } = row;
  const serviceLabel = service === "" ? NO_SERVICE : service;
  return (
    <tr>
      <th scope="row" class="path">
        <button type="button" class="link" title={`Show only ${path}`} onClick={() => onPath(path)}>
          {path}
        </button>
        {/* The columns of method and service have no room on a phone. */}
        <span class="under">
          {method} · {serviceLabel}
        </span>
      </th>
      <td class="method">
        <button type="button" class="badge" title={`Show only ${method}`} onClick={() => onMethod(method)}>
          {method}
        </button>
      </td>
      <td class="service">
        <button type="button" class="link" title={`Show only ${serviceLabel}`} onClick={() => onService(service)}>
          {serviceLabel}
        </button>
      </td>
      <td class="number count">{formatCount(count)}</td>
      <td class="number share">
        <span class="meter" aria-hidden="true">
          <span style={{ inlineSize: `${most === 0 ? 0 : (toNumber(count) / most) * 100}%` }} />
        </span>
        {formatShare(toNumber(count), all)}
      </td>
      <td class="number delta">
        <Change now={count} before={previous} />
      </td>
      <td class="trend">
        <Sparkline values={trend} />
      </td>
    </tr>
  );
}
