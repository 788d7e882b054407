import { useEffect, useRef, useState } from "preact/hooks";

/** While somebody types, nobody has to be asked for each letter. */
const WAIT_MS = 250;

interface SearchProps {
  readonly value: string;
  readonly disabled: boolean;
  readonly onSearch: (text: string) => void;
}

/** Finds paths that have a text in them, at the server: it knows those too that are not in the table. */
export function Search({ value, disabled, onSearch }: SearchProps) {
  const [text, setText] = useState(value);
  const latest = useRef(value);
  // Another view, by a link or the back button, has another text.
  useEffect(() => {
    if (value !== latest.current) {
      latest.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === latest.current) return undefined;
    const timer = setTimeout(() => {
      latest.current = text;
      onSearch(text);
    }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [text, onSearch]);
  return (
    <label class="search">
      <span class="hidden">Search paths</span>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="7" cy="7" r="4.5" />
        <path d="m10.5 10.5 3.5 3.5" />
      </svg>
      <input
        type="search"
        placeholder="Search paths, or a pattern: /users/*"
        autocomplete="off"
        spellcheck={false}
        maxLength={1_000}
        value={text}
        disabled={disabled}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}
