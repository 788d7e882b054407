import { useCallback, useState } from "preact/hooks";
import { Dashboard } from "./dashboard.tsx";
import { useLive } from "./state/use-live.ts";
import { useTheme } from "./state/use-theme.ts";
import { useView } from "./state/use-view.ts";

/** The page, or the form that lets one in. */
export function App() {
  const view = useView();
  const live = useLive();
  const theme = useTheme();
  const [denied, setDenied] = useState<string>();
  const onDenied = useCallback((detail: string) => setDenied(detail), []);
  if (denied !== undefined) return <p>{denied}</p>;
  return <Dashboard {...view} live={live} theme={theme} onDenied={onDenied} signOut={undefined} />;
}
