import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { Dimension, Granularity, Method, type QueryTotalsResponse, QueryTotalsResponseSchema } from "@count/proto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { civilDate } from "../../../src/api/civil-time.ts";
import { CountError } from "../../../src/domain/count-error.ts";
import { ServeChild } from "../../serve/serve-process-support.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../../support/database.ts";
import { FakeCount } from "../../support/fake-count.ts";
import { runCount } from "../../support/run-count.ts";

const SAMPLE = fileURLToPath(new URL("../../../../examples/access.log", import.meta.url));

async function totals(address: string, ...args: string[]) {
  return runCount(["totals", "--server", address, ...args]);
}

describe("count totals, asked of a real server that has rolled up the first of three days", () => {
  let database: TestDatabaseUrl;
  let server: ServeChild;
  let address = "";

  beforeAll(async () => {
    database = await testDatabaseUrl();
    server = new ServeChild(["--drain-delay-ms", "0"], { DB_URL: database.url });
    const { grpc } = await server.ready();
    address = `${grpc.host}:${grpc.port}`;
    expect((await runCount(["import", "--server", address, "--service", "shop", SAMPLE])).code).toBe(0);
    expect((await runCount(["rollup", "--server", address, "--date", "2026-03-09"])).code).toBe(0);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await database.close();
  });

  const complete = "Complete through 2026-03-09, 38 pending, 0 known to be lost.\n";

  test("shows the largest groups, and what the others have, so that the sum is exact", async () => {
    expect(await totals(address, "--period", "2026-03", "--by", "path", "--top", "3")).toEqual({
      code: 0,
      stdout: [
        "COUNT  PATH",
        "   16  /",
        "   13  /products",
        "    9  /cart",
        "   23  OTHERS",
        "   61  TOTAL (4 rows)",
        "",
      ].join("\n"),
      stderr: complete,
    });
  });

  test("compares days, or any other periods, with as many before", async () => {
    const days = ["--from", "2026-03-10", "--to", "2026-03-11", "--by", "time,method", "--compare"];
    expect(await totals(address, ...days, "--method", "GET", "--method", "POST")).toEqual({
      code: 0,
      stdout: [
        "DAY         COUNT  PREVIOUS  CHANGE  METHOD",
        "2026-03-10     19         0     new  GET",
        "2026-03-10      3         0     new  POST",
        "2026-03-11     11        22  -50.0%  GET",
        "2026-03-11      1         0     new  POST",
        "TOTAL          34        22  +54.5%  (4 rows)",
        "",
      ].join("\n"),
      stderr:
        "Complete through 2026-03-09, 34 pending, 0 known to be lost.\n" +
        "Compared with 2026-03-08T00:00:00Z to 2026-03-10T00:00:00Z.\n",
    });
    expect((await totals(address, "--period", "2026-03", "--by", "time", "--granularity", "week")).stdout).toBe(
      "WEEK        COUNT\n2026-03-09     61\nTOTAL          61\n",
    );
  });

  test("filters the rows that it shows anyway, by path, prefix, glob, service and method", async () => {
    const days = ["--from", "2026-03-09", "--to", "2026-03-10"];
    expect((await totals(address, ...days, "--path-glob", "/products/*", "--path", "/cart")).stdout).toBe(
      [
        "DAY         COUNT  METHOD  SERVICE  PATH",
        "2026-03-09      5  GET     shop     /products/17",
        "2026-03-09      2  GET     shop     /products/23",
        "2026-03-10      4  GET     shop     /cart",
        "2026-03-10      2  POST    shop     /cart",
        "2026-03-10      1  GET     shop     /products/17",
        "2026-03-10      4  GET     shop     /products/23",
        "TOTAL          18                   (6 rows)",
        "",
      ].join("\n"),
    );
    expect(
      (await totals(address, ...days, "--sum", "--path-prefix", "/products", "--sort", "count", "--service", "shop"))
        .stdout,
    ).toBe(
      [
        "COUNT  METHOD  SERVICE  PATH",
        "   11  GET     shop     /products",
        "    6  GET     shop     /products/17",
        "    6  GET     shop     /products/23",
        "   23  TOTAL            (3 rows)",
        "",
      ].join("\n"),
    );
  });

  test("leaves out what is pending when it is told to", async () => {
    const { stdout, stderr } = await totals(address, "--period", "2026", "--by", "method", "--rolled-up-only");
    expect({ stdout, stderr }).toEqual({
      stdout: "COUNT  METHOD\n   22  GET\n    1  PATCH\n   23  TOTAL (2 rows)\n",
      stderr: "Complete through 2026-03-09, what is pending left out, 0 known to be lost.\n",
    });
  });

  test("prints what the HTTP API answers, as CSV and as JSON", async () => {
    const query = ["--period", "2026-03", "--by", "method,time", "--granularity", "month", "--top", "1"];
    expect(await totals(address, ...query, "--csv")).toEqual({
      code: 0,
      stdout: "period,method,count,remainder\r\n2026-03-01,GET,52,false\r\n2026-03-01,,9,true\r\n",
      stderr: "",
    });
    const { code, stdout, stderr } = await totals(address, ...query, "--json", "--compare");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      time_zone: "UTC",
      granularity: "month",
      by: ["method"],
      periods: [{ name: "2026-03-01", start: "2026-03-01T00:00:00Z", end: "2026-04-01T00:00:00Z" }],
      previous_periods: [{ name: "2026-02-01", start: "2026-02-01T00:00:00Z", end: "2026-03-01T00:00:00Z" }],
      rows: [
        { period: "2026-03-01", method: "GET", count: 52, previous_count: 0 },
        { period: "2026-03-01", count: 9, previous_count: 0, remainder: true },
      ],
      total: 61,
      previous_total: 0,
      pending: 38,
      known_lost: 0,
      complete_through: "2026-03-09",
      buckets_from: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      totals_from: null,
      snapshot_time: expect.stringMatching(/^\d{4}-.*Z$/),
      next_page_token: null,
    });
  });

  test("says which day has no 15-minute counts when the days of another zone need them", async () => {
    const { code, stdout, stderr } = await totals(address, "--day", "2026-03-09", "--time-zone", "Europe/Berlin");
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toMatch(
      /^count totals: the range in time_zone Europe\/Berlin with granularity DAY needs the 15-minute counts of 2026-03-09, which are not kept; the first UTC day that has them is \d{4}-\d\d-\d\d\n$/,
    );
  });

  test("ends with 3 and the next step when there is nothing", async () => {
    expect(await totals(address, "--period", "2026-03", "--path-prefix", "/nowhere")).toEqual({
      code: 3,
      stdout: "",
      stderr:
        "count totals: nothing was counted in 2026-03 that the filters let through\n" +
        "`count import FILE` or a client's requests bring some.\n",
    });
    expect(await totals(address, "--day", "2026-03-10", "--rolled-up-only", "--csv")).toEqual({
      code: 3,
      stdout: "period,service,method,path,count\r\n",
      stderr:
        "count totals: nothing was counted on 2026-03-10\n" +
        "What is pending is not shown: leave out --rolled-up-only, or roll it up with `count rollup`.\n",
    });
  });
});

/** Of so many requests of a path each, the n-th of a page. */
function answer(
  paths: readonly string[],
  more: Pick<Partial<QueryTotalsResponse>, "nextPageToken" | "knownLost"> = {},
): QueryTotalsResponse {
  return create(QueryTotalsResponseSchema, {
    periods: [{ startTime: { seconds: 1_773_014_400n }, endTime: { seconds: 1_773_100_800n } }],
    rows: paths.map((path, index) => ({ period: 0, method: Method.GET, service: "", path, count: BigInt(index + 1) })),
    total: 99n,
    pending: 4n,
    knownLost: 1_234n,
    bucketsFrom: { year: 2026, month: 2, day: 1 },
    ...more,
  });
}

describe("count totals", () => {
  test("asks for all pages, and adds up what it shows", async () => {
    const pages: Record<string, QueryTotalsResponse> = {
      "": answer(["/a", "/b\u001b"], { nextPageToken: "second" }),
      second: answer([], { nextPageToken: "third", knownLost: 7n }),
      third: answer(["/c"]),
    };
    await using fake = await FakeCount.start({ query: ({ pageToken }) => pages[pageToken]! });
    expect(await totals(fake.address, "--day", "2026-03-09", "--by", "path")).toEqual({
      code: 0,
      stdout: "COUNT  PATH\n    1  /a\n    2  /b\\x1b\n    1  /c\n    4  TOTAL (3 rows)\n",
      stderr: "No day is complete yet, 4 pending, 1,234 known to be lost.\n",
    });
    expect(fake.queries.map(({ pageSize, pageToken }) => [pageSize, pageToken])).toEqual([
      [10_000, ""],
      [10_000, "second"],
      [10_000, "third"],
    ]);
  });

  test("sends what the flags say", async () => {
    await using fake = await FakeCount.start({ query: () => answer(["/a"]) });
    const flags = "--from 2026-03 --to 2026-04 --by path,service,time --granularity 15m --time-zone Europe/Berlin";
    const filters = "--service a --service b --method PATCH --path /x --path-prefix /y/ --path-glob /z/**";
    await totals(fake.address, ...flags.split(" "), ...filters.split(" "), "--service", "", "--top", "5", "--compare");
    expect(fake.queries).toEqual([
      expect.objectContaining({
        startDate: expect.objectContaining({ year: 2026, month: 3, day: 1 }),
        endDate: expect.objectContaining({ year: 2026, month: 4, day: 30 }),
        timeZone: "Europe/Berlin",
        granularity: Granularity.QUARTER_HOUR,
        groupBy: [Dimension.PATH, Dimension.SERVICE],
        services: ["a", "b", ""],
        methods: [Method.PATCH],
        paths: [
          expect.objectContaining({ kind: { case: "exact", value: "/x" } }),
          expect.objectContaining({ kind: { case: "prefix", value: "/y/" } }),
          expect.objectContaining({ kind: { case: "glob", value: "/z/**" } }),
        ],
        top: 5,
        comparePrevious: true,
        rolledUpOnly: false,
        pageSize: 0,
      }),
    ]);
  });

  test("means the time zone's today", async () => {
    await using fake = await FakeCount.start({ query: () => answer(["/a"]) });
    const zone = "Pacific/Kiritimati";
    const before = civilDate(Date.now(), zone);
    await totals(fake.address, "--day", "today", "--by", "path", "--time-zone", zone);
    const { year, month, day } = fake.queries[0]!.startDate!;
    // Midnight may have passed meanwhile.
    expect([before, civilDate(Date.now(), zone)]).toContain(
      `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`,
    );
  });

  test("says in a sentence what an older server cannot answer", async () => {
    await using fake = await FakeCount.start();
    expect(await totals(fake.address, "--by", "path", "--compare")).toEqual({
      code: 5,
      stdout: "",
      stderr: `count totals: the server at ${fake.address} is an older one, without QueryTotals, and cannot answer --by, --compare: leave them out, or upgrade it\n`,
    });
  });

  test("ends with an exit code for what the server says", async () => {
    const failures = [new CountError("unavailable", "the database does not answer")];
    await using fake = await FakeCount.start({ query: () => answer([]), failures });
    expect(await totals(fake.address, "--by", "path")).toEqual({
      code: 4,
      stdout: "",
      stderr: `count totals: the server at ${fake.address} is not available: the database does not answer\nTry again later.\n`,
    });
  });

  test.each([
    [["--by", "path", "--top", "20000"], "--top 20000: it must be a whole number from 1 to 10000"],
    [
      ["--by", "time", "--granularity", "all"],
      "--by time and --granularity all are given together; accepted is one of the two",
    ],
    [["--sum", "--granularity", "week"], "--sum and --granularity week are given together; accepted is one of the two"],
    [
      ["--compare", "--sort", "path", "--top", "3"],
      "--sort path and --top 3 are given together; here the top are those with the most requests, so accepted is one of the two",
    ],
    [["--by", "path", "--from", "2026-03-09", "--to", "2026-03-08"], "--from 2026-03-09 is after --to 2026-03-08"],
  ])("is used wrongly with %j", async (args, message) => {
    expect(await totals("127.0.0.1:1", ...args)).toEqual({
      code: 2,
      stdout: "",
      stderr: `count totals: ${message}\n(count totals --help says more)\n`,
    });
  });

  test.each([
    ["--by <list>", "path,path", "It must be some of service, method, path, time, each once, with commas between."],
    ["--granularity <word>", "15", "Allowed choices are 15m, hour, day, week, month, all."],
    ["--time-zone <name>", "+01:00", "It must be a name of the IANA database, such as Europe/Berlin."],
    [
      "--method <name>",
      "get",
      "It must be one of METHOD_UNSPECIFIED, CONNECT, DELETE, GET, HEAD, OPTIONS, POST, PUT, TRACE, PATCH, OTHER, GRPC.",
    ],
    ["--path <path>", "", "It must be not empty, of at most 1300 characters, without NUL."],
  ])("takes no %s %j", async (flag, value, accepted) => {
    expect(await totals("127.0.0.1:1", flag.split(" ")[0]!, value)).toEqual({
      code: 2,
      stdout: "",
      stderr: `count: option '${flag}' argument '${value}' is invalid. ${accepted}\n(add --help to see how it is used)\n`,
    });
  });
});
