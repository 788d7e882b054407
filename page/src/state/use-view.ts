import { useCallback, useEffect, useState } from "preact/hooks";
import { addressOf, type View, viewOf } from "./view.ts";

export interface ViewState {
  readonly view: View;
  /** Goes to another view. `replace` leaves no step behind for the back button: typing is not travelling. */
  readonly go: (change: Partial<View>, how?: "push" | "replace") => void;
}

/** The view of the address, kept in step with it both ways: back and forward work. */
export function useView(): ViewState {
  const [view, setView] = useState(() => viewOf(location.search));
  useEffect(() => {
    const moved = () => setView(viewOf(location.search));
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);
  const go = useCallback((change: Partial<View>, how: "push" | "replace" = "push") => {
    setView((before) => {
      const next = { ...before, ...change };
      const address = addressOf(next);
      if (address !== addressOf(before)) history[how === "push" ? "pushState" : "replaceState"](null, "", address);
      return next;
    });
  }, []);
  return { view, go };
}
