import { NO_SERVICE } from "../chart/series.ts";
import type { Totals } from "../data/answer.ts";
import type { View } from "../state/view.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "GRPC", "OTHER"];

interface FiltersProps {
  readonly view: View;
  /** The services of the range. */
  readonly services: Totals | undefined;
  readonly go: (change: Partial<View>) => void;
}

/** Which requests are shown: a service, a method, and what was clicked in the table, each to be taken away again. */
export function Filters({ view, services, go }: FiltersProps) {
  const known = (services?.rows ?? []).filter((row) => row.remainder !== true).map(({ service = "" }) => service);
  const names = [...new Set([...known, ...view.services])].sort();
  return (
    <>
      <label class="field">
        <span>Service</span>
        <select
          value={view.services.length === 0 ? "all" : `=${view.services[0] ?? ""}`}
          onChange={({ currentTarget: { value } }) => go({ services: value === "all" ? [] : [value.slice(1)] })}
        >
          <option value="all">All services</option>
          {names.map((name) => (
            <option key={name} value={`=${name}`}>
              {name === "" ? NO_SERVICE : name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Method</span>
        <select
          value={view.methods[0] ?? ""}
          onChange={({ currentTarget: { value } }) => go({ methods: value === "" ? [] : [value] })}
        >
          <option value="">All methods</option>
          {[...new Set([...METHODS, ...view.methods])].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

/** The filters that are in force, to be taken away one by one or all at once. */
export function FilterChips({ view, go }: Pick<FiltersProps, "view" | "go">) {
  const { services, methods, paths } = view;
  if (services.length + methods.length + paths.length === 0) return null;
  const chips = [
    ...services.map((value) => ({
      what: "Service",
      text: value === "" ? NO_SERVICE : value,
      without: { services: services.filter((one) => one !== value) },
    })),
    ...methods.map((value) => ({
      what: "Method",
      text: value,
      without: { methods: methods.filter((one) => one !== value) },
    })),
    ...paths.map((value) => ({ what: "Path", text: value, without: { paths: paths.filter((one) => one !== value) } })),
  ];
  return (
    <ul class="chips" aria-label="Filters">
      {chips.map(({ what, text, without }) => (
        <li key={`${what} ${text}`}>
          <button type="button" class="chip" title={`Remove the filter ${what} ${text}`} onClick={() => go(without)}>
            <span class="quiet">{what}</span> <span class="text">{text}</span> <span aria-hidden="true">✕</span>
            <span class="hidden">Remove this filter</span>
          </button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <button type="button" class="chip plain" onClick={() => go({ services: [], methods: [], paths: [] })}>
            Remove all
          </button>
        </li>
      )}
    </ul>
  );
}
