import { useCallback, useEffect, useState } from "preact/hooks";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "count-theme";
const darkMedia = matchMedia("(prefers-color-scheme: dark)");

function remembered(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? "auto";
  } catch {
    // Storage can be forbidden; the theme then lasts as long as the page.
    return "auto";
  }
}

function apply(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

/** Before the first paint. */
export function applyRememberedTheme(): void {
  apply(remembered());
}

/** The theme that was chosen, and whether it comes out dark. */
export function useTheme(): { theme: Theme; isDark: boolean; setTheme: (theme: Theme) => void } {
  const [theme, set] = useState(remembered);
  const [systemDark, setSystemDark] = useState(darkMedia.matches);
  useEffect(() => {
    const changed = () => setSystemDark(darkMedia.matches);
    darkMedia.addEventListener("change", changed);
    return () => darkMedia.removeEventListener("change", changed);
  }, []);
  const setTheme = useCallback((next: Theme) => {
    apply(next);
    set(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // See remembered().
    }
  }, []);
  return { theme, isDark: theme === "dark" || (theme === "auto" && systemDark), setTheme };
}
