import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";

const JOURNEY = fileURLToPath(new URL("../../../examples/journey.sh", import.meta.url));

/** The requests of examples/access.log were counted with sed and uniq. */
const EXPECTED = `
$ count serve --migrate --data-dir WORK/data --grpc-address 127.0.0.1:0 --http-address 127.0.0.1:0 --web-address off
serving on SERVER

$ count import EXAMPLES/access.log
Imported EXAMPLES/access.log into SERVER:

  62  lines
  61  counted
   1  refused

Refused:
  1 line: not a line of the Common or Combined Log Format
    EXAMPLES/access.log:41

DAY         REQUESTS
2026-03-09        23
2026-03-10        24
2026-03-11        14

Methods: GET 52, POST 4, PATCH 3, DELETE 1, OPTIONS 1. Different paths: 11.

Next: \`count rollup\` closes the days, \`count totals --period 2026-03 --top 10\` shows them.

$ count import EXAMPLES/access.log    # again: nothing is counted twice
Imported EXAMPLES/access.log into SERVER:

  62  lines
   0  counted
  61  already counted before
   1  refused

Refused:
  1 line: not a line of the Common or Combined Log Format
    EXAMPLES/access.log:41

$ count rollup
2026-03-09  6 totals new or greater
2026-03-10  10 totals new or greater
2026-03-11  8 totals new or greater
Rolled up 3 days: 24 totals new or greater.

$ count totals --from 2000 --sum --top 10
COUNT  METHOD  PATH
   16  GET     /
   13  GET     /products
    8  GET     /products/17
    7  GET     /products/23
    6  GET     /cart
    3  PATCH   /cart/items/2
    3  POST    /cart
    1  GET     /healthz
    1  GET     /caf%C3%A9
    1  DELETE  /cart/items/4
   61  TOTAL   (12 rows, 10 of them shown)

$ count rollup    # again: nothing is added twice
Nothing pending on closed days. Today is open until 00:00 UTC; --date today adds it already.
`;

describe("the journey of examples/journey.sh", () => {
  test("serves on a database of its own, imports, rolls up, and shows exactly what the log holds", async () => {
    const { PATH, HOME } = process.env;
    const { stdout } = await promisify(execFile)(JOURNEY, [], { env: { PATH, HOME, TZ: "America/St_Johns" } });
    const shown = stdout
      .replaceAll(/127\.0\.0\.1:[1-9]\d*/g, "SERVER")
      .replaceAll(/\/\S*\/count-journey\.\w+/g, "WORK")
      .replaceAll(/\/\S*\/examples\b/g, "EXAMPLES");
    expect(shown).toBe(EXPECTED);
  }, 120_000);
});
