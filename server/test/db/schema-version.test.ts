import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readMigrations } from "../../src/db/migration-source.ts";
import { schemaState } from "../../src/db/schema-version.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { MigrationFolder } from "./migration-folder.ts";

describe("schemaState", () => {
  let db: TestDatabase;

  beforeEach(async () => {
    db = await testDatabase();
  });
  afterEach(() => db.close());

  test("a database that was just migrated is current", async () => {
    expect(await schemaState(db.database)).toEqual({ state: "current", missing: [], unknown: [] });
  });

  test("a database that has more than this build knows is newer", async () => {
    await db.query("insert into count.migrations (name) values ('9998_later'), ('9999_last')");
    expect(await schemaState(db.database)).toEqual({
      state: "newer",
      missing: [],
      unknown: ["9998_later", "9999_last"],
    });
  });

  test("a database that lacks something is behind", async () => {
    await db.query("delete from count.migrations where name >= '0003'");
    await db.query("insert into count.migrations (name) values ('0003_other')");
    const known = (await readMigrations()).map((file) => file.name);
    expect(await schemaState(db.database)).toEqual({
      state: "behind",
      missing: known.slice(2),
      unknown: ["0003_other"],
    });
  });

  test("an empty database lacks everything", async () => {
    const empty = await testDatabase({ migrated: false });
    const known = (await readMigrations()).map((file) => file.name);
    expect(await schemaState(empty.database)).toEqual({ state: "behind", missing: known, unknown: [] });
    await empty.close();
  });
});

describe("readMigrations", () => {
  test("the repository's begin with the methods", async () => {
    const [first] = await readMigrations();
    expect(first?.name).toBe("0001_methods");
    expect(first?.sql).toContain("create table if not exists count.methods");
  });

  test("a gap in the numbers is refused", async () => {
    await using folder = await MigrationFolder.of({ "0001_one": "select 1", "0003_three": "select 3" });
    await expect(readMigrations(folder.path)).rejects.toMatchObject({
      code: "precondition",
      message:
        `${folder.path}/0003_three.sql should have the number 0002: ` +
        "migrations are named 0001_what.sql, 0002_what.sql and so on",
    });
  });

  test("a folder that is empty or not there is refused", async () => {
    await using folder = await MigrationFolder.of({});
    await expect(readMigrations(folder.path)).rejects.toMatchObject({
      code: "precondition",
      message: `${folder.path} holds no migration`,
    });
    await expect(readMigrations(`${folder.path}/none`)).rejects.toMatchObject({
      code: "precondition",
      message: `there is no folder of migrations; looked for ${folder.path}/none`,
    });
  });
});
