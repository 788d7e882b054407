import type { Counter } from "../../counter.ts";
import type { CloseReport } from "../../statistics.ts";
import type { Observer } from "./observer.ts";

/** What became of the requests that an adapter has seen; the counter's statistics go on from there. */
export interface AdapterStatistics {
  /** Requests that arrived. At every moment: observed = ignored + open + handed to the counter + lost to failures. */
  readonly observed: number;
  /** Of observed: by an ignore rule. */
  readonly ignored: number;
  /** Of observed: under way, and counted when they end. */
  readonly open: number;
  /** How often something of the adapter threw: a rule, or a request that cannot be read. Such a request is counted if it can be. */
  readonly failures: number;
}

/** An adapter at work. */
export interface Counting extends AsyncDisposable {
  /** Its own, or the one that it was given. */
  readonly counter: Counter;
  /** What the adapter has seen. What was delivered of it says `counter.statistics()`. */
  statistics(): AdapterStatistics;
  /** These statistics in Prometheus' text format, with those of the counter if it is the adapter's own. */
  prometheus(): string;
  /**
   * Counts the requests that are under way, and closes the counter if it is the adapter's own: it delivers for at most `limitMs`
   * milliseconds (default 5,000), and what arrives afterwards is dropped as `closed`. A counter that was given stays open.
   */
  close(options?: { readonly limitMs?: number }): Promise<CloseReport>;
}

export function countingOf(observer: Observer): Counting {
  const { counter } = observer;
  const close: Counting["close"] = (options) => {
    observer.settle();
    return observer.ownsCounter ? counter.close(options) : Promise.resolve(counter.statistics());
  };
  return {
    counter,
    statistics: () => observer.counts,
    prometheus: () => prometheusText(observer) + (observer.ownsCounter ? counter.prometheus() : ""),
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
    },
  };
}

function prometheusText({ adapter, counts }: Observer): string {
  const metric = (name: string, type: "counter" | "gauge", help: string, value: number): string =>
    [
      `# HELP count_adapter_${name} ${help}`,
      `# TYPE count_adapter_${name} ${type}`,
      `count_adapter_${name}{adapter="${adapter}"} ${value}`,
      "",
    ].join("\n");
  return [
    metric("observed_total", "counter", "Requests that arrived.", counts.observed),
    metric("ignored_total", "counter", "Requests that a rule leaves out.", counts.ignored),
    metric("open_requests", "gauge", "Requests that are under way.", counts.open),
    metric("failures_total", "counter", "How often something of the adapter threw.", counts.failures),
  ].join("");
}
