import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type LogSource, logSources } from "../../src/import/log-source.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-log-source-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function read(source: LogSource | undefined, signal = new AbortController().signal) {
  const chunks: Buffer[] = [];
  let stored = 0;
  for await (const chunk of source!.read(signal, (bytes) => {
    stored += bytes;
  })) {
    chunks.push(Buffer.from(chunk));
  }
  return { text: Buffer.concat(chunks).toString(), stored };
}

describe("log sources", () => {
  test("are files as they are, whatever their name, with their size for the progress", async () => {
    const [source] = await logSources([await file("plain.gz", "a\nb\n")], Readable.from([]));
    expect(source?.size).toBe(4);
    expect(await read(source)).toEqual({ text: "a\nb\n", stored: 4 });
  });

  test("are gzip when their first bytes say so, and their size is what is stored", async () => {
    const bytes = Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]);
    const [source] = await logSources([await file("rotated.1", bytes)], Readable.from([]));
    expect(source?.size).toBe(bytes.length);
    expect(await read(source)).toEqual({ text: "a\nb\n", stored: bytes.length });
  });

  test("may be standard input, gzip too, even byte by byte", async () => {
    const bytes = [...gzipSync("a\n")].map((byte) => Buffer.from([byte]));
    const [source] = await logSources(["-"], Readable.from(bytes));
    expect({ name: source?.name, size: source?.size }).toEqual({ name: "standard input", size: undefined });
    expect((await read(source)).text).toBe("a\n");
  });

  test.each(["", "\n", "ab"])("may be shorter than any compression's first bytes: %j", async (text) => {
    const [source] = await logSources([await file("short", text)], Readable.from([]));
    expect((await read(source)).text).toBe(text);
  });

  test("may be a named pipe", async () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    const [source] = await logSources([path], Readable.from([]));
    expect(source?.size).toBeUndefined();
    const [result] = await Promise.all([read(source), writeFile(path, "a\n")]);
    expect(result.text).toBe("a\n");
  });

  test("are all named that cannot be read, before any is", async () => {
    const good = await file("good.log", "a\n");
    await mkdir(join(folder, "logs"), { recursive: true });
    const names = [good, join(folder, "none"), join(folder, "logs"), join(good, "below")];
    await expect(logSources(names, Readable.from([]))).rejects.toMatchObject({
      code: "invalid",
      message:
        `${folder}/none: there is no such file\n` +
        `${folder}/logs: is a folder; give the log files in it\n` +
        `${folder}/good.log/below: a part of its path is not a folder`,
    });
  });

  test.each([
    ["zstd", [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0]],
    ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]],
    ["bzip2", [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41]],
    ["zip", [0x50, 0x4b, 3, 4, 0, 0]],
  ])("say how to read what is compressed with %s", async (name, bytes) => {
    const [source] = await logSources([await file("other", Buffer.from(bytes))], Readable.from([]));
    await expect(read(source)).rejects.toMatchObject({
      code: "invalid",
      message: `is compressed with ${name}; decompress it and pipe it in: … | count import -`,
    });
  });

  test("end when they are told to, even a pipe that stays silent", async () => {
    const silent = new PassThrough();
    const abort = new AbortController();
    const [source] = await logSources(["-"], silent);
    const reading = read(source, abort.signal);
    abort.abort();
    expect(await reading).toEqual({ text: "", stored: 0 });
    expect(silent.destroyed).toBe(true);
  });

  test("say when reading fails on the way", async () => {
    const failing = new Readable({ read: () => undefined });
    const [source] = await logSources(["-"], failing);
    const reading = read(source);
    failing.destroy(new Error("the disk is gone"));
    await expect(reading).rejects.toMatchObject({ code: "invalid", message: "reading stopped: the disk is gone" });
  });
});
