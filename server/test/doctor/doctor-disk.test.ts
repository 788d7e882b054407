import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { judgeRoom } from "../../src/doctor/check-disk.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { runDoctor } from "./run-doctor.ts";

const MIB = 1_048_576;

test("A disk with a tenth of it free is a warning, and one with hardly anything is wrong", () => {
  const judge = (free: number) =>
    judgeRoom("database.disk", { folder: "/data", free: free * MIB, size: 10_240 * MIB }, "Make room.");
  expect(judge(1_025)).toEqual({
    id: "database.disk",
    state: "ok",
    says: "1,025 MiB of 10,240 MiB are free on the disk of /data",
  });
  expect(judge(1_023)).toMatchObject({ state: "warning", next: "Make room." });
  expect(judge(127)).toMatchObject({ state: "wrong", next: "Make room." });
});

test("The disk of the embedded PostgreSQL and an agent's queue are looked at where they are named", async () => {
  const folder = await temporaryFolder("count-doctor-disk-");
  try {
    const queue = join(folder, "queue");
    mkdirSync(queue);
    writeFileSync(join(queue, "segment"), Buffer.alloc(3 * MIB));
    const found = await runDoctor({}, "--data-dir", folder, "--queue-dir", queue);
    // The rest depends on the machine.
    expect(found.find("database.disk").says).toMatch(/^[\d,]+ MiB of [\d,]+ MiB are free on the disk of /);
    expect(found.find("agent.queue").says).toMatch(
      /^1 files with 3 MiB wait in the queue; [\d,]+ MiB of [\d,]+ MiB are free/,
    );

    const elsewhere = await runDoctor(
      { DB_URL: "postgresql://127.0.0.1:1/count" },
      "--queue-dir",
      join(folder, "none"),
    );
    expect(elsewhere.findings.some(({ id }) => id === "database.disk")).toBe(false);
    expect(elsewhere.find("agent.queue")).toMatchObject({
      state: "wrong",
      says: expect.stringContaining("ENOENT"),
    });
    expect(elsewhere.find("database.connection").state).toBe("wrong");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
