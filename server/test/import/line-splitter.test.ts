import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LineSplitter } from "../../src/import/line-splitter.ts";

function linesOf(chunks: readonly Buffer[], maxLineBytes?: number): string[] {
  const splitter = new LineSplitter(maxLineBytes);
  const lines: string[] = [];
  const show = () =>
    lines.push(splitter.tooLong ? "(too long)" : splitter.buffer.toString("latin1", splitter.start, splitter.end));
  for (const chunk of chunks) {
    splitter.push(chunk);
    while (splitter.next()) show();
  }
  if (splitter.last()) show();
  return lines;
}

describe("a line splitter", () => {
  test("finds lines that end with LF or CRLF, empty ones, and a last one without an end", () => {
    expect(linesOf([Buffer.from("a\nb\r\n\n\r\nc\rd\ne")])).toEqual(["a", "b", "", "", "c\rd", "e"]);
  });

  test("finds no line after the last LF, and none in nothing", () => {
    expect(linesOf([Buffer.from("a\n")])).toEqual(["a"]);
    expect(linesOf([])).toEqual([]);
  });

  test("finds the same lines however the bytes are cut into chunks", () => {
    const text = fc
      .array(fc.constantFrom("a", "\r", "\n", "é", "\0"), { maxLength: 60 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.nat(70)), fc.integer({ min: 1, max: 8 }), (whole, cuts, limit) => {
        const bytes = Buffer.from(whole);
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const expected = bytes.toString("latin1").split("\n");
        if (expected.at(-1) === "") expected.pop();
        const cut = expected.map((line) => line.replace(/\r$/, ""));
        expect(linesOf(chunks)).toEqual(cut);
        expect(linesOf(chunks, limit)).toEqual(cut.map((line) => (line.length > limit ? "(too long)" : line)));
      }),
      { numRuns: 3_000 },
    );
  });

  test("counts away what is too long without keeping it", () => {
    const chunk = Buffer.alloc(65_536, "x");
    const splitter = new LineSplitter();
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 1_000; round++) {
      splitter.push(chunk);
      expect(splitter.next()).toBe(false);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    splitter.push(Buffer.from("end\nnext\n"));
    expect([splitter.next(), splitter.tooLong, splitter.next(), splitter.tooLong]).toEqual([true, true, true, false]);
    expect(splitter.buffer.toString("latin1", splitter.start, splitter.end)).toBe("next");
  });
});
