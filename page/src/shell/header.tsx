import type { ComponentChildren } from "preact";

/** The name of the page, and what belongs to all of it. */
export function Header({ children }: { children?: ComponentChildren }) {
  return (
    <header class="page-header">
      <a class="brand" href="/">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" class="plate" />
          <path d="M9 8v16M14 8v16M19 8v16M24 8v16M6 21 27 11" class="tally" />
        </svg>
        <h1>Count</h1>
      </a>
      {children}
    </header>
  );
}
