import type { DataSource, Panel, Row } from "./grafana.ts";

/** Which Prometheus: people choose it at the top of the dashboard. */
export const DATA_SOURCE: DataSource = { type: "prometheus", uid: "$datasource" };

export interface PanelPlan {
  readonly title: string;
  /** What a person should see in it. */
  readonly about: string;
  /** Default `timeseries`. */
  readonly type?: Panel["type"];
  /** Of Grafana. */
  readonly unit: "short" | "reqps" | "cps" | "s" | "bytes" | "percentunit";
  /** Expressions with the legends of their lines. */
  readonly lines: readonly (readonly [expr: string, legend: string])[];
  /** From this value on it is shown in red. Default: never. */
  readonly bad?: number;
  /** Red is what is below `bad`. Default false. */
  readonly badBelow?: boolean;
}

export interface RowPlan {
  readonly title: string;
  /** Closed at first. Default false. */
  readonly collapsed?: boolean;
  readonly panels: readonly PanelPlan[];
}

const COLUMNS = 3;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 7;

/** Rows of panels, placed from the top, with numbers of their own. */
export function layOut(rows: readonly RowPlan[]): (Panel | Row)[] {
  const out: (Panel | Row)[] = [];
  let id = 0;
  let y = 0;
  for (const { title, collapsed = false, panels } of rows) {
    const row = { id: ++id, type: "row", title, collapsed, gridPos: { x: 0, y: y++, w: 24, h: 1 } } as const;
    const placed = panels.map((plan, at) =>
      panel(plan, ++id, {
        x: (at % COLUMNS) * WIDTH,
        y: y + Math.floor(at / COLUMNS) * HEIGHT,
        w: WIDTH,
        h: HEIGHT,
      }),
    );
    // A closed row has its panels inside, an open one before the next row.
    if (collapsed) out.push({ ...row, panels: placed });
    else out.push({ ...row, panels: [] }, ...placed);
    if (!collapsed) y += Math.ceil(panels.length / COLUMNS) * HEIGHT;
  }
  return out;
}

function panel(plan: PanelPlan, id: number, gridPos: Panel["gridPos"]): Panel {
  const { title, about, type = "timeseries", unit, lines } = plan;
  return {
    id,
    type,
    title,
    description: about,
    datasource: DATA_SOURCE,
    gridPos,
    targets: lines.map(([expr, legendFormat], at) => ({
      datasource: DATA_SOURCE,
      expr,
      legendFormat,
      refId: String.fromCharCode(65 + at),
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(type === "timeseries" ? { custom: { fillOpacity: 10, showPoints: "never" } } : {}),
        thresholds: thresholds(plan),
      },
      overrides: [],
    },
    options:
      type === "stat"
        ? {
            colorMode: "value",
            graphMode: "area",
            justifyMode: "auto",
            orientation: "auto",
            textMode: "auto",
            wideLayout: true,
            showPercentChange: false,
            percentChangeColorMode: "standard",
            reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
          }
        : {
            legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
            tooltip: { mode: "multi", sort: "desc" },
          },
  };
}

function thresholds({ bad, badBelow = false }: PanelPlan): object {
  const [low, high] = badBelow ? ["red", "green"] : ["green", "red"];
  const from = bad === undefined ? [] : [{ color: high, value: bad }];
  return { mode: "absolute", steps: [{ color: low, value: null }, ...from] };
}
