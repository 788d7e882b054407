import { EXIT_CODES } from "./exit-code.ts";

export interface HelpParts {
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Lines. */
  readonly notes?: readonly string[];
  /** The codes that this command ends with, ascending; all of them when left out. */
  readonly exitCodes?: readonly number[];
}

/** What follows the options in a command's help: examples, notes and exit codes, aligned as commander aligns options. */
export function helpText({ examples, notes, exitCodes }: HelpParts): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = ["", "Examples:", ...examples.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`)];
  if (notes !== undefined) lines.push("", "Notes:", ...notes.map((note) => `  ${note}`));
  const codes = EXIT_CODES.filter(([code]) => exitCodes?.includes(code) ?? true);
  lines.push("", "Exit codes:", ...codes.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`));
  return lines.join("\n");
}
