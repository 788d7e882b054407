import { describe, expect, test } from "@jest/globals";
import { ProblemError } from "../../src/api/problem.ts";
import { totalsQuery } from "../../src/api/totals-request.ts";

const NOW = Date.parse("2026-11-25T23:30:00Z");

function query(text: string) {
  return totalsQuery(new URLSearchParams(text), NOW);
}

function faults(text: string): unknown {
  try {
    query(text);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.errors;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

function days({ request }: ReturnType<typeof query>): string[] {
  return [request.startDate, request.endDate].map((date) => `${date?.year}-${date?.month}-${date?.day}`);
}

describe("the parameters of totals", () => {
  test("ask for the last 30 days in one period when nothing is given", () => {
    const asked = query("");
    expect(days(asked)).toEqual(["2026-10-27", "2026-11-25"]);
    expect(asked).toMatchObject({
      timeZone: "UTC",
      granularity: "all",
      by: [],
      format: undefined,
      request: { timeZone: "", groupBy: [], services: [], methods: [], paths: [], top: 0, comparePrevious: false },
    });
  });

  test("mean today in the time zone", () => {
    expect(days(query("time_zone=Asia/Tokyo"))).toEqual(["2026-10-28", "2026-11-26"]);
    expect(days(query("to=2026-11&time_zone=Asia/Tokyo"))).toEqual(["2026-11-1", "2026-11-0"]);
  });

  test("say everything that QueryTotals can be asked", () => {
    const { request } = query(
      "from=2026-01&to=2026&granularity=quarter_hour&by=service,path&by=method&service=shop&service=&method=GET&method=METHOD_UNSPECIFIED" +
        "&path=/a&path_prefix=/b&path_glob=/c/*&top=20&compare=previous&rolled_up_only=true&time_zone=Europe/Berlin",
    );
    expect({ ...request, $typeName: undefined, $unknown: undefined }).toEqual({
      startDate: expect.objectContaining({ year: 2026, month: 1, day: 0 }),
      endDate: expect.objectContaining({ year: 2026, month: 0, day: 0 }),
      timeZone: "Europe/Berlin",
      granularity: 1,
      groupBy: [1, 3, 2],
      services: ["shop", ""],
      methods: [3, 0],
      paths: [
        expect.objectContaining({ kind: { case: "exact", value: "/a" } }),
        expect.objectContaining({ kind: { case: "prefix", value: "/b" } }),
        expect.objectContaining({ kind: { case: "glob", value: "/c/*" } }),
      ],
      top: 20,
      comparePrevious: true,
      rolledUpOnly: true,
      pageSize: 0,
      pageToken: "",
    });
  });

  test("take moments, half-open", () => {
    const { request } = query("from=2026-11-24T13:15:00Z&to=2026-11-24T14:00Z");
    expect([request.startTime?.seconds, request.endTime?.seconds]).toEqual([1_795_526_100n, 1_795_528_800n]);
    expect([request.startDate, request.endDate]).toEqual([undefined, undefined]);
  });

  test("are refused with the name, the value and what is accepted, all at once", () => {
    expect(faults("top=0&granularity=decade&colour=red&method=get&top=5")).toEqual([
      { parameter: "top", value: "0", accepts: "a whole number from 1 to 10000" },
      { parameter: "granularity", value: "decade", accepts: "one of quarter_hour, hour, day, week, month, all" },
      {
        parameter: "colour",
        value: "red",
        accepts:
          "one of the parameters from, to, time_zone, granularity, by, service, method, path, path_prefix, path_glob, top, compare, rolled_up_only, page_size, page_token, format",
      },
      {
        parameter: "method",
        value: "get",
        accepts: "one of METHOD_UNSPECIFIED, CONNECT, DELETE, GET, HEAD, OPTIONS, POST, PUT, TRACE, PATCH, OTHER, GRPC",
      },
    ]);
  });

  test.each([
    ["from=2026-02-31", "from"],
    ["from=2026-00", "from"],
    ["from=0000", "from"],
    ["to=2026-11-24T13:16:00Z", "to"],
    ["to=2026-11-24T24:00:00Z", "to"],
    ["from=2026-11-24T13:15:00Z", "from"],
    ["from=2026-11-26", "from"],
    ["from=2026-11-24T13:15:00Z&to=2026-11-24T13:15:00Z", "from"],
    ["time_zone=%2B01:00", "time_zone"],
    ["time_zone=Mars/Olympus", "time_zone"],
    ["path=", "path"],
    ["path=%00", "path"],
    ["by=path,path", "by"],
    ["by=", "by"],
    ["top=5&top=5", "top"],
    ["top=5&page_size=7", "page_size"],
    ["top=1e3", "top"],
    ["__proto__=1", "__proto__"],
    ["constructor=1", "constructor"],
  ])("%s is refused as %s", (text, parameter) => {
    expect(faults(text)).toEqual([expect.objectContaining({ parameter })]);
  });

  test("are at most 200", () => {
    const many = Array.from({ length: 201 }, (_, at) => `path=/${at}`).join("&");
    expect(faults(many)).toEqual([{ parameter: "", value: "201 parameters", accepts: "at most 200 parameters" }]);
  });
});
