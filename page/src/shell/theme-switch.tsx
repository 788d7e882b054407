import { THEMES, type Theme } from "../state/use-theme.ts";

const TEXTS: Readonly<Record<Theme, string>> = { auto: "Auto", light: "Light", dark: "Dark" };

export function ThemeSwitch({ theme, onChoose }: { theme: Theme; onChoose: (theme: Theme) => void }) {
  return (
    <label class="theme">
      <span>Theme</span>
      <select value={theme} onChange={(event) => onChoose(event.currentTarget.value as Theme)}>
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {TEXTS[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
