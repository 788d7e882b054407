import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { type CountedAs, identify } from "../../src/import/identify.ts";
import { type LogSource, logSource } from "../../src/import/log-source.ts";
import { spool } from "../../src/import/spool.ts";

const AS: CountedAs = { service: "shop", maxPathBytes: 256 };
const never = new AbortController().signal;
const ignore = () => undefined;

/** A log whose content may change from one reading to the next. */
function log(...contents: readonly (string | Buffer)[]): LogSource {
  let reading = 0;
  return logSource("a.log", 1, () => Readable.from([Buffer.from(contents[Math.min(reading++, contents.length - 1)]!)]));
}

async function idOf(source: LogSource, as = AS): Promise<string> {
  const identified = await identify(source, as, never, ignore);
  return Buffer.from(identified!.clientId).toString("hex");
}

async function readAgain(source: LogSource): Promise<string> {
  const identified = await identify(source, AS, never, ignore);
  return (await buffer(identified!.source.read(never, ignore))).toString();
}

describe("the identity of a log", () => {
  test("is that of its content, compressed or not", async () => {
    expect(await idOf(log(gzipSync("a\nb\n")))).toBe(await idOf(log("a\nb\n")));
    expect(await idOf(log("a\nb\nc\n"))).not.toBe(await idOf(log("a\nb\n")));
  });

  test("changes with what changes how it is counted", async () => {
    const ids = await Promise.all([
      idOf(log("a")),
      idOf(log("a"), { ...AS, service: "" }),
      idOf(log("a"), { ...AS, maxPathBytes: 255 }),
      idOf(log(gzipSync("a").subarray(0, -1))),
    ]);
    expect(new Set(ids).size).toBe(4);
  });

  test("is for what was read: what a log has grown by since is left out", async () => {
    expect(await readAgain(log("a\nb", "a\nbb\nc\n"))).toBe("a\nb");
  });

  test("fails for a log that has changed since, or has become shorter", async () => {
    const message = "changed while it was imported; import it again when it no longer changes";
    await expect(readAgain(log("a\nb\n", "a\nc\n"))).rejects.toMatchObject({ code: "invalid", message });
    await expect(readAgain(log("a\nb\n", "a\n"))).rejects.toMatchObject({ code: "invalid", message });
  });

  test("is not known when it was interrupted", async () => {
    expect(await identify(log("a"), AS, AbortSignal.abort(), ignore)).toBeUndefined();
  });
});

describe("a pipe that is kept", () => {
  test("can be read again and again, and leaves nothing in the folder even while it is used", async () => {
    const folder = await mkdtemp(join(tmpdir(), "count-spool-test-"));
    try {
      const pipe = logSource("standard input", undefined, () => Readable.from([gzipSync("a\n"), gzipSync("b\n")]));
      await using spooled = await spool(pipe, never, ignore, folder);
      expect(await readdir(folder)).toEqual([]);
      for (let i = 0; i < 2; i++) {
        expect((await buffer(spooled.source.read(never, ignore))).toString()).toBe("a\nb\n");
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("fails, saying what to do, when there is no place for it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "count-spool-test-"));
    const file = join(folder, "file");
    await writeFile(file, "");
    try {
      await expect(spool(log("a"), never, ignore, file)).rejects.toMatchObject({
        code: "exhausted",
        message: expect.stringMatching(
          /^a\.log cannot be kept in .*file until it is counted: ENOTDIR.*\nSave it to a file and import that, or name another folder with TMPDIR\.$/,
        ) as unknown,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
