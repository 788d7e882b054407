import { useCallback, useEffect, useState } from "preact/hooks";

/** Between two looks at the counts. */
export const LIVE_MS = 10_000;

export interface Live {
  /** Grows by one with each look that is due. */
  readonly tick: number;
  readonly paused: boolean;
  /** The tab is not seen: nothing is asked until it is. */
  readonly hidden: boolean;
  readonly toggle: () => void;
  /** Looks at once. */
  readonly refresh: () => void;
}

/** When to look again: every ten seconds, unless somebody has paused it or nobody sees it. */
export function useLive(): Live {
  const [tick, setTick] = useState(0);
  const [paused, setPaused] = useState(false);
  const [hidden, setHidden] = useState(document.hidden);
  const refresh = useCallback(() => setTick((before) => before + 1), []);

  useEffect(() => {
    const changed = () => setHidden(document.hidden);
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  }, []);
  useEffect(() => {
    if (paused || hidden) return undefined;
    const timer = setInterval(refresh, LIVE_MS);
    return () => clearInterval(timer);
  }, [paused, hidden, refresh]);

  const toggle = useCallback(() => {
    setPaused((before) => {
      // Who goes on wants to see what is there now, not in ten seconds.
      if (before) refresh();
      return !before;
    });
  }, [refresh]);
  // A tab that is seen again has old counts.
  useEffect(() => {
    if (!hidden && !paused) refresh();
  }, [hidden, paused, refresh]);
  return { tick, paused, hidden, toggle, refresh };
}
