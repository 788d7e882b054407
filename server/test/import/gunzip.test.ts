import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { gunzip } from "../../src/import/gunzip.ts";

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What comes out, and the message of the error that ended it. */
async function run(bytes: Buffer, size = 1_000): Promise<{ output: string; error?: string }> {
  const output: Buffer[] = [];
  try {
    for await (const chunk of gunzip(inChunks(bytes, size))) output.push(Buffer.from(chunk));
  } catch (error) {
    return { output: Buffer.concat(output).toString(), error: (error as Error).message };
  }
  return { output: Buffer.concat(output).toString() };
}

/** Text that does not compress to nothing. */
const TEXT = Array.from({ length: 20_000 }, (_, line) => `${line * 7919} line ${(line * 104_729) % 65_537}\n`).join("");
const ENDS_EARLY = "the gzip data ends early; the lines before that were read";

describe("gzip", () => {
  test("is decompressed, one member or several, however it is cut into chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 3_000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 500 }),
        async (members, size) => {
          const bytes = Buffer.concat(members.map((text) => gzipSync(text)));
          expect(await run(bytes, size)).toEqual({ output: members.join("") });
        },
      ),
      { numRuns: 50 },
    );
  });

  test("that swells a thousandfold comes out in small pieces", async () => {
    let largest = 0;
    let length = 0;
    for await (const chunk of gunzip(inChunks(gzipSync(Buffer.alloc(50_000_000)), 65_536))) {
      largest = Math.max(largest, chunk.length);
      length += chunk.length;
    }
    expect({ length, small: largest <= 65_536 }).toEqual({ length: 50_000_000, small: true });
  });

  test("that is cut off gives everything up to there", async () => {
    const whole = gzipSync(TEXT);
    const { output, error } = await run(whole.subarray(0, whole.length - 9));
    expect(error).toBe(ENDS_EARLY);
    expect(output).toBe(TEXT);
    const half = await run(whole.subarray(0, whole.length / 2));
    expect(half.error).toBe(ENDS_EARLY);
    expect(TEXT.startsWith(half.output) && half.output.length > TEXT.length / 3).toBe(true);
  });

  test("that is cut off in its second member gives all of the first", async () => {
    const { output, error } = await run(Buffer.concat([gzipSync("first\n"), gzipSync("second\n").subarray(0, 12)]));
    expect({ output: output.startsWith("first\n"), error }).toEqual({ output: true, error: ENDS_EARLY });
  });

  test("that is damaged says about where", async () => {
    const whole = gzipSync(TEXT);
    whole.fill(0xff, whole.length / 2, whole.length / 2 + 50);
    const { output, error } = await run(whole);
    expect(error).toMatch(/^the gzip data is damaged before byte \d+; the lines up to the damage were read$/);
    expect(output.length).toBeGreaterThan(TEXT.length / 3);
  });

  test("that is followed by something else says so, in the same chunk or a later one", async () => {
    const bytes = Buffer.concat([gzipSync("a\n"), Buffer.from("plain text\n")]);
    const expected = { output: "a\n", error: "after the gzip data comes something else, which was not read" };
    expect(await run(bytes)).toEqual(expected);
    expect(await run(bytes, bytes.length - 11)).toEqual(expected);
  });

  test("may be padded with zeros, and go on after them", async () => {
    const bytes = Buffer.concat([gzipSync("a\n"), Buffer.alloc(5_000), gzipSync("b\n"), Buffer.alloc(3)]);
    expect(await run(bytes)).toEqual({ output: "a\nb\n" });
  });

  test("with every optional part of a header is read, and gives what it has wherever it is cut off", async () => {
    const plain = gzipSync("a\n");
    const flags = 0x1e;
    const header = Buffer.concat([
      plain.subarray(0, 3),
      Buffer.from([flags]),
      plain.subarray(4, 10),
      Buffer.from("\x05\0extra"),
      Buffer.from("access.log\0a comment\0"),
      Buffer.from([0, 0]),
    ]);
    const bytes = Buffer.concat([plain, header, plain.subarray(10)]);
    expect(await run(bytes, 1)).toEqual({ output: "a\na\n" });
    for (let length = plain.length + 2; length < bytes.length; length++) {
      const { output, error } = await run(bytes.subarray(0, length), 7);
      expect({ length, output: output.slice(0, 2), error }).toEqual({ length, output: "a\n", error: ENDS_EARLY });
    }
  });

  test("whose checksum is wrong says so after all of it", async () => {
    const bytes = gzipSync("a\n");
    bytes[bytes.length - 5]! ^= 1;
    expect(await run(bytes)).toEqual({
      output: "a\n",
      error: `the gzip data is damaged before byte ${bytes.length}; the lines up to the damage were read`,
    });
  });

  test("ends when its reader stops", async () => {
    const chunks = inChunks(gzipSync(TEXT), 1_000);
    for await (const chunk of gunzip(chunks)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });
});
