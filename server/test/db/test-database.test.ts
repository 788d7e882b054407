import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { schemaState } from "../../src/db/schema-version.ts";
import { serverDialect, testDatabase, testDatabaseUrl } from "../support/database.ts";

const onPostgres = (await serverDialect()) === "postgres" ? test : test.skip;

describe("testDatabase", () => {
  test("each is private and migrated", async () => {
    const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
    expect(await schemaState(one.database)).toMatchObject({ state: "current" });
    await one.query("insert into count.methods (service, method, path) values ('', 3, '/')");
    expect(await one.query("select count(*) as n from count.methods")).toEqual([{ n: 1n }]);
    expect(await two.query("select count(*) as n from count.methods")).toEqual([{ n: 0n }]);
    await Promise.all([one.close(), two.close()]);
  });

  // CockroachDB's list of sessions does not say which database they use.
  onPostgres("a test that leaves a connection open fails, on PostgreSQL", async () => {
    const own = await testDatabaseUrl();
    const client = new pg.Client({ connectionString: own.url, application_name: "leak" });
    client.on("error", () => undefined);
    await client.connect();
    await client.query("select 7");
    await expect(own.close()).rejects.toThrow("the test left 1 connections open: leak, idle, select 7");
    await client.end();
  });
});
