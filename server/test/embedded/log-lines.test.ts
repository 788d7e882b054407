import { once } from "node:events";
import { Readable } from "node:stream";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { forEachLine } from "../../src/embedded/log-lines.ts";

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = Readable.from(chunks, { objectMode: false });
  forEachLine(stream, (line) => lines.push(line));
  await once(stream, "close");
  return lines;
}

test("Lines are the same however the bytes are cut, even inside a character", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom("a", "\n", "é", "𝄞") }),
      fc.integer({ min: 1, max: 7 }),
      async (text, size) => {
        const bytes = Buffer.from(text);
        const chunks: Uint8Array[] = [];
        for (let from = 0; from < bytes.length; from += size) chunks.push(bytes.subarray(from, from + size));
        expect(await linesOf(chunks)).toEqual(text.split("\n").filter((line) => line !== ""));
      },
    ),
  );
});

test("A line without an end comes in pieces, so that no more than one piece is kept", async () => {
  const lines = await linesOf([Buffer.from("x".repeat(40_000)), Buffer.from("y\nz")]);
  expect(lines.join("")).toBe(`${"x".repeat(40_000)}yz`);
  expect(lines.map((line) => line.length)).toEqual([16_384, 16_384, 7_232, 1, 1]);
});
