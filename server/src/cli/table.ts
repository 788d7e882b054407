export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/**
 * A table for people: columns as wide as their widest cell, two spaces between them. The last column is not padded, so
 * put there what may be long.
 *
 * Written by hand rather than with a table library: a year of totals has tens of thousands of rows.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }) => title.length);
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, index) => {
      const width = widths[index] ?? 0;
      return columns[index]?.align === "right" ? cell.padStart(width) : cell.padEnd(width);
    });
    return `${padded.join("  ").trimEnd()}\n`;
  };
  return [columns.map(({ title }) => title), ...rows].map(line).join("");
}

/** `1,234,567`. The same in every locale: scripts that cut a table should not break on another machine. */
export function formatCount(count: number | bigint): string {
  return count.toLocaleString("en-US");
}

/** `1 row`, `1,234 rows`. */
export function counted(count: number | bigint, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 || count === 1n ? noun : plural}`;
}
