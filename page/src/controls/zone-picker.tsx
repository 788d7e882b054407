import { useEffect, useState } from "preact/hooks";

interface ZonePickerProps {
  readonly value: string;
  readonly onChoose: (timeZone: string) => void;
}

const local = Intl.DateTimeFormat().resolvedOptions().timeZone;

function zones(chosen: string): string[] {
  const all = Intl.supportedValuesOf("timeZone");
  // Some browsers leave UTC out, and a link may name a zone by an older name.
  return [...new Set(["UTC", local, chosen, ...all])];
}

/** Whose days are meant. */
export function ZonePicker({ value, onChoose }: ZonePickerProps) {
  const [names, setNames] = useState<string[]>([...new Set(["UTC", local, value])]);
  useEffect(() => setNames(zones(value)), [value]);
  return (
    <label class="field">
      <span>Time zone</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name.replaceAll("_", " ")}
            {name === local && name !== "UTC" ? " (here)" : ""}
          </option>
        ))}
      </select>
    </label>
  );
}
