import { expect, test } from "@jest/globals";
import { EXIT } from "../../../server/src/cli/exit-code.ts";
import { FINAL_EXIT_CODES } from "../../src/manifests/migrate.ts";

test("the migration Job fails at once for what the command says that trying again does not help", () => {
  expect(FINAL_EXIT_CODES).toEqual([EXIT.usage, EXIT.configuration]);
});
