import { once } from "node:events";
import { create } from "@bufbuild/protobuf";
import { dayOf, Method, type MethodCount, MethodCountSchema, toDate } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { FakeCount } from "../support/fake-count.ts";
import { runCount, spawnCount } from "../support/run-count.ts";

const DAY = dayOf({ year: 2026, month: 3, day: 9 });

function total(day: number | undefined, method: Method, path: string, count: bigint, service = ""): MethodCount {
  return create(MethodCountSchema, { method, path, count, service, ...(day !== undefined && { date: toDate(day) }) });
}

const DAYS = [
  total(DAY, Method.GET, "/", 1_200n),
  total(DAY, Method.GET, "/users/:id", 7n, "shop"),
  total(DAY + 1, Method.POST, "/", 3n),
  total(DAY + 1, Method.GET, "/users/:id", 34n, "shop"),
];

async function totals(fake: FakeCount, ...args: string[]) {
  return runCount(["totals", "--server", fake.address, ...args]);
}

describe("count totals", () => {
  test("shows days as a table, with a row for their sum", async () => {
    await using fake = await FakeCount.start({ totals: DAYS });
    expect(await totals(fake, "--from", "2026-03-09", "--to", "2026-03")).toEqual({
      code: 0,
      stdout: [
        "DAY         COUNT  METHOD  SERVICE  PATH",
        "2026-03-09  1,200  GET              /",
        "2026-03-09      7  GET     shop     /users/:id",
        "2026-03-10      3  POST             /",
        "2026-03-10     34  GET     shop     /users/:id",
        "TOTAL       1,244                   (4 rows)",
        "",
      ].join("\n"),
      stderr: "",
    });
    expect(fake.lists).toEqual([
      expect.objectContaining({
        startDate: toDate(DAY),
        endDate: toDate(dayOf({ year: 2026, month: 3, day: 31 })),
        includePending: false,
      }),
    ]);
  });

  test("sums the last 30 days when nothing is said", async () => {
    await using fake = await FakeCount.start({ totals: DAYS });
    const { code, stdout, stderr } = await totals(fake);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: [
        "COUNT  METHOD  SERVICE  PATH",
        "1,200  GET              /",
        "   41  GET     shop     /users/:id",
        "    3  POST             /",
        "1,244  TOTAL            (3 rows)",
        "",
      ].join("\n"),
    });
    expect(stderr).toMatch(
      /^Sums from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, without what is still pending \(--pending\)\.\n$/,
    );
    const [request] = fake.lists;
    expect(dayOf(request!.endDate!) - dayOf(request!.startDate!)).toBe(29);
  });

  test("sorts by count, takes the first, and one service only", async () => {
    await using fake = await FakeCount.start({ totals: DAYS });
    expect((await totals(fake, "--from", "2026-03-09", "--top", "2")).stdout).toBe(
      [
        "DAY         COUNT  METHOD  SERVICE  PATH",
        "2026-03-09  1,200  GET              /",
        "2026-03-10     34  GET     shop     /users/:id",
        "TOTAL       1,244                   (4 rows, 2 of them shown)",
        "",
      ].join("\n"),
    );
    expect((await totals(fake, "--from", "2026-03-09", "--service", "", "--sort", "path")).stdout).toBe(
      [
        "DAY         COUNT  METHOD  PATH",
        "2026-03-09  1,200  GET     /",
        "2026-03-10      3  POST    /",
        "TOTAL       1,203          (2 rows)",
        "",
      ].join("\n"),
    );
  });

  test("asks for a period, with what is pending when it is told to", async () => {
    await using fake = await FakeCount.start({ totals: [total(undefined, Method.GRPC, "/a.B/C", 5n)] });
    const { code, stdout, stderr } = await totals(fake, "--period", "2026-03", "--pending");
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "COUNT  METHOD  PATH\n    5  GRPC    /a.B/C\n    5  TOTAL   (1 row)\n",
      stderr: "",
    });
    expect(fake.periods).toEqual([
      expect.objectContaining({
        period: expect.objectContaining({ year: 2026, month: 3, day: 0 }) as unknown,
        includePending: true,
      }),
    ]);
  });

  test("prints JSON for programs", async () => {
    await using fake = await FakeCount.start({
      totals: [
        total(DAY, Method.GET, '/a"\u009b', 1n),
        Object.assign(total(DAY, Method.GET, "/b", 2n ** 63n - 1n, "shop"), { method: 42 }),
      ],
    });
    expect(await totals(fake, "--day", "2026-03-09", "--json")).toEqual({
      code: 0,
      stdout:
        '[\n  {\n    "date": "2026-03-09",\n    "service": "",\n    "method": "GET",\n    "path": "/a\\"\\u009b",\n    "count": 1\n  },\n' +
        '  {\n    "date": "2026-03-09",\n    "service": "shop",\n    "method": "METHOD_42",\n    "path": "/b",\n    "count": "9223372036854775807"\n  }\n]\n',
      stderr: "",
    });
  });

  test("prints CSV for programs, with a date only per day", async () => {
    await using fake = await FakeCount.start({ totals: DAYS.slice(0, 2) });
    expect(await totals(fake, "--day", "2026-03-09", "--csv")).toEqual({
      code: 0,
      stdout: "date,service,method,path,count\r\n2026-03-09,,GET,/,1200\r\n2026-03-09,shop,GET,/users/:id,7\r\n",
      stderr: "",
    });
    expect((await totals(fake, "--csv")).stdout).toBe(
      "service,method,path,count\r\n,GET,/,1200\r\nshop,GET,/users/:id,7\r\n",
    );
  });

  test("escapes what a terminal would act on", async () => {
    await using fake = await FakeCount.start({
      totals: [total(DAY, Method.GET, "/\u001b[2J\nTOTAL 0", 1n, "\u202ex")],
    });
    expect((await totals(fake, "--day", "2026-03-09")).stdout).toContain("\\u{202e}x  /\\x1b[2J\\nTOTAL 0\n");
  });

  test("ends with 3 and the next step when there is nothing", async () => {
    await using fake = await FakeCount.start();
    expect(await totals(fake, "--day", "2026-03-09")).toEqual({
      code: 3,
      stdout: "",
      stderr:
        "count totals: there are no totals on 2026-03-09\n" +
        "What is pending is not shown: add --pending, or roll it up with `count rollup`.\n",
    });
    expect(await totals(fake, "--period", "2026", "--pending", "--service", "shop", "--json")).toEqual({
      code: 3,
      stdout: "[]\n",
      stderr:
        'count totals: there are no totals of service "shop" in 2026\n' +
        "Nothing is pending there either. `count import FILE` or a client's requests bring some.\n",
    });
  });

  test.each([
    [["--to", "2026"], "--to needs --from: where should the totals begin?"],
    [["--from", "2026-03-09", "--to", "2026-03-08"], "--from 2026-03-09 is after --to 2026-03-08"],
  ])("is used wrongly with %j", async (args, message) => {
    expect(await runCount(["totals", ...args])).toEqual({
      code: 2,
      stdout: "",
      stderr: `count totals: ${message}\n(count totals --help says more)\n`,
    });
  });

  test.each([
    [
      new CountError("unavailable", "the database\u001b does not answer"),
      4,
      "is not available: the database\\x1b does not answer",
    ],
    [new CountError("invalid", "start_date: required"), 5, "start_date: required"],
    [new CountError("internal", "oh"), 1, "failed: oh"],
  ])("ends with an exit code for what the server says: %s", async (failure, code, message) => {
    await using fake = await FakeCount.start({ failures: [failure] });
    const result = await totals(fake);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
  });

  test("is quiet when its reader has seen enough", async () => {
    const many = Array.from({ length: 60_000 }, (_, index) => total(DAY, Method.GET, `/${index}`, 1n));
    await using fake = await FakeCount.start({ totals: many });
    const child = spawnCount(["totals", "--server", fake.address, "--csv"]);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += String(chunk);
    });
    await once(child.stdout, "readable");
    child.stdout.destroy();
    const [code] = (await once(child, "close")) as [number | null];
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});
