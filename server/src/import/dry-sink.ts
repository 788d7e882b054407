import type { Sink, SinkObserver } from "./sink.ts";

/** Sends nothing and counts everything: what an import would do, as far as a log tells. */
export function drySink(observer: SinkObserver): Sink {
  return {
    add: (request) => observer.counted(request),
    finish: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
