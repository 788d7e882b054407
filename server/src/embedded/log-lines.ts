import type { Readable } from "node:stream";

/** A statement of a megabyte in PostgreSQL's log comes in pieces of this many characters. */
const MAX_LINE_CHARS = 16 * 1024;

/** Hands on what a stream says line by line, without empty lines, and what is left at its end. */
export function forEachLine(stream: Readable, handle: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) emit(line);
    if (rest.length >= MAX_LINE_CHARS) {
      emit(rest);
      rest = "";
    }
  });
  stream.on("end", () => emit(rest));

  function emit(line: string): void {
    for (let from = 0; from < line.length; from += MAX_LINE_CHARS) handle(line.slice(from, from + MAX_LINE_CHARS));
  }
}
