import { describe, expect, test } from "@jest/globals";
import { CountError, type CountErrorCode } from "../../src/domain/count-error.ts";
import { type DatabaseSteps, openDatabase, type SchemaState } from "../../src/serve/open-database.ts";

/** Gives one after the other, an error by throwing it, and the last for ever. */
function script<Value>(...values: (Value | CountError)[]): () => Promise<Value> {
  return async () => {
    const value = values.length > 1 ? values.shift() : values[0];
    if (value instanceof CountError) throw value;
    return value as Value;
  };
}

const fault = (code: CountErrorCode, message: string) => new CountError(code, message);
const OK: SchemaState = { usable: true };

function open(
  steps: Partial<DatabaseSteps<string>>,
  signal = new AbortController().signal,
  onReason?: (reason: string) => void,
) {
  const waits: string[] = [];
  const acquired: string[] = [];
  const result = openDatabase(
    { connect: script("db"), migrate: undefined, schemaState: script(OK), ...steps },
    (database) => acquired.push(database),
    {
      signal,
      longestPauseMs: 1,
      onWait: (reason) => {
        waits.push(reason);
        onReason?.(reason);
      },
    },
  );
  return { result, waits, acquired };
}

describe("openDatabase", () => {
  test("waits for a database that is away, then for one whose schema is behind, saying why", async () => {
    const { result, waits, acquired } = open({
      connect: script<string>(fault("unavailable", "nobody listens"), fault("timeout", "no answer"), "db"),
      schemaState: script<SchemaState>({ usable: false, reason: "0004 is missing" }, fault("unavailable", "lost"), OK),
    });
    expect(await result).toBe("db");
    expect(waits).toEqual(["nobody listens", "no answer", "0004 is missing", "lost"]);
    expect(acquired).toEqual(["db"]);
  });

  test("migrates between the two when it is asked to, as often as it takes", async () => {
    const order: string[] = [];
    const migrate = script<undefined>(fault("timeout", "another process migrates"), undefined);
    const { result, waits } = open({
      migrate: async () => {
        order.push("migrate");
        await migrate();
      },
      schemaState: async () => {
        order.push("schema");
        return OK;
      },
    });
    await result;
    expect(order).toEqual(["migrate", "migrate", "schema"]);
    expect(waits).toEqual(["another process migrates"]);
  });

  test.each(["precondition", "invalid", "internal"] as const)(
    "fails at once with what waiting cannot mend: %s",
    async (code) => {
      const { result, waits, acquired } = open({ connect: script<string>(fault(code, "wrong password")) });
      await expect(result).rejects.toMatchObject({ code, message: "wrong password" });
      expect([waits, acquired]).toEqual([[], []]);
    },
  );

  test("stops waiting when it is told to, and leaves the database to be released", async () => {
    const abort = new AbortController();
    const { result, acquired } = open(
      { schemaState: script<SchemaState>({ usable: false, reason: "behind" }) },
      abort.signal,
      () => abort.abort(),
    );
    await expect(result).rejects.toMatchObject({ code: "cancelled" });
    expect(acquired).toEqual(["db"]);
  });
});
