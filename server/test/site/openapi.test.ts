import { rm } from "node:fs/promises";
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AddRequestSchema, Method } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { openApiDocument } from "../../src/api/openapi.ts";
import { TOTALS_PARAMETERS } from "../../src/api/totals-parameters.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { withRealSite } from "./real-site.ts";
import { examine, LIMIT_MS, schemathesis, withoutPython } from "./schemathesis.ts";

interface Document {
  readonly paths: Record<string, { get: { parameters: { name: string; schema: object; example: unknown }[] } }>;
}

describe("/openapi.json", () => {
  test("has every parameter, with an example that its schema and the parser take", () => {
    const { paths } = openApiDocument("0") as Document;
    const parameters = paths["/api/v1/totals"]?.get.parameters ?? [];
    expect(parameters.map(({ name }) => name)).toEqual(Object.keys(TOTALS_PARAMETERS));
    const ajv = new Ajv2020({ strict: true, formats: { date: true, "date-time": true } });
    for (const { schema, example } of parameters)
      expect([example, ajv.validate(schema, example)]).toEqual([example, true]);
    for (const { parse, example } of Object.values(TOTALS_PARAMETERS)) expect(parse(example)).toBeDefined();
  });

  const within = withoutPython === undefined ? test : test.skip;
  within(
    `is what the server does, whatever schemathesis sends${withoutPython === undefined ? "" : ` (${withoutPython})`}`,
    async () => {
      const program = await schemathesis();
      const folder = await temporaryFolder("count-schemathesis-");
      await withRealSite(async ({ url, add }) => {
        const at = new Date();
        await add(
          ["/", "/users/:id", "=1+1"].map((path) =>
            create(AddRequestSchema, {
              method: Method.GET,
              path,
              service: "shop",
              requestTimestamp: timestampFromDate(at),
            }),
          ),
        );
        const { code, report } = await examine(program, url, folder);
        expect([code, code === 0 ? "" : report]).toEqual([0, ""]);
      });
      await rm(folder, { recursive: true });
    },
    LIMIT_MS * 2,
  );
});
