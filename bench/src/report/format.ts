/** Rows of text as columns: the first aligned to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "))
    .map((line) => `  ${line.trimEnd()}\n`)
    .join("");
}

/** Three significant digits; whole numbers from 100 on; 0 for what is left of a difference of equals; `–` for what is not known. */
export function figure(value: number | undefined): string {
  if (value === undefined) return "–";
  if (Math.abs(value) < 1e-9) return "0";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

export function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? "–" : figure(bytes / 1_048_576);
}
