import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { noteOf, Origins } from "../../../src/agent/queue/origins.ts";

const ID = "00010203-0405-0607-0809-0a0b0c0d0e0f";
const STATE = { lastNumber: 2 ** 40, refused: [0, 1, 0, 2 ** 52, 0, 0, 3, 0], dropped: 12 };

describe("the cursors of local senders", () => {
  test("come back from a note as they were", () => {
    const origins = new Origins(undefined);
    origins.recover(noteOf(ID, STATE), 1_000);
    expect(origins.get(ID)).toEqual({ ...STATE, seenMs: 1_000 });
  });

  test("are those of the file or of the notes, whichever are further", async () => {
    const folder = await mkdtemp(join(tmpdir(), "count-origins-"));
    const path = join(folder, "origins.json");
    const first = new Origins(path);
    first.set(ID, { ...STATE, lastNumber: 7 });
    first.save();
    const second = new Origins(path);
    second.recover(noteOf(ID, { ...STATE, lastNumber: 6 }), Date.now());
    expect(second.get(ID)?.lastNumber).toBe(7);
    second.recover(noteOf(ID, { ...STATE, lastNumber: 9 }), Date.now());
    expect(second.get(ID)?.lastNumber).toBe(9);
    await rm(folder, { recursive: true });
  });

  test("are forgotten after 35 days, when room is needed or they are written", async () => {
    const folder = await mkdtemp(join(tmpdir(), "count-origins-"));
    const path = join(folder, "origins.json");
    let now = 1_000;
    const origins = new Origins(path, () => now);
    origins.set(ID, STATE);
    now += 35 * 86_400_000 + 1;
    const other = ID.replace("0", "f");
    origins.set(other, STATE);
    origins.save();
    const read = new Origins(path, () => now);
    expect([read.get(ID), read.get(other)?.lastNumber, read.size]).toEqual([undefined, STATE.lastNumber, 1]);
    await rm(folder, { recursive: true });
  });

  test("are 50,000 at most, and those of senders that were not seen for 35 days make room", () => {
    let now = 1_000;
    const origins = new Origins(undefined, () => now);
    const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
    for (let number = 1; number < 50_000; number++) origins.set(id(number), STATE);
    expect(origins.hasRoom).toBe(true);
    origins.set(id(50_000), STATE);
    expect(origins.hasRoom).toBe(false);
    now += 35 * 86_400_000;
    origins.set(id(1), STATE);
    expect(origins.hasRoom).toBe(false);
    now += 1;
    expect([origins.hasRoom, origins.size]).toEqual([true, 1]);
  });

  test("notes that are none are passed over", () => {
    const origins = new Origins(undefined);
    origins.recover(Uint8Array.of(1, 2, 3), 0);
    expect(origins.size).toBe(0);
  });
});
