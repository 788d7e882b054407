import { describe, expect, test } from "@jest/globals";
import { SETTINGS } from "../../../server/src/config/settings.ts";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { settingEnv } from "../../src/config/settings.ts";
import type { Schema } from "../support/arbitrary.ts";

const schema = (configJsonSchema() as Schema).properties!["server"]!.properties!["settings"]!;

/** The words in which the server says what it accepts. */
function accepted({ anyOf, enum: words, minimum, maximum }: Schema, unit: string): string {
  if (words !== undefined) return `one of ${words.join(", ")}`;
  const { minimum: min = minimum, maximum: max = maximum } = anyOf?.[0] ?? {};
  return `a whole number${unit} from ${min} to ${max}${anyOf === undefined ? "" : ', or "unlimited"'}`;
}

/** Settings of `count serve` that no field of `server.settings` has, and what decides them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  dbUrl: "database",
  migrationDriver: "nothing: it is without effect",
  dataDir: "nothing: the image has no embedded PostgreSQL",
  migrate: "database.kind",
  migrateWaitMs: "database.kind, and migration.waitSeconds for the Job",
  logFormat: "nothing: always json",
  grpcAddress: "nothing: the ports are the bundle's",
  webAddress: "nothing: the ports are the bundle's",
  httpAddress: "nothing: the ports are the bundle's",
  healthAddress: "nothing: the ports are the bundle's",
  insecure: "tls and auth",
  tlsCertFile: "tls",
  tlsKeyFile: "tls",
  tlsClientCaFile: "tls",
  authFile: "auth",
};

describe("the server's settings in a configuration", () => {
  test("are all of them, but for those that the bundle decides", () => {
    const ofServers = Object.entries(SETTINGS).filter(([, { commands }]) => commands.includes("serve"));
    const there = [...Object.keys(schema.properties!), ...Object.keys(ELSEWHERE)];
    expect(ofServers.map(([key]) => key).sort()).toEqual(there.sort());
  });

  test.each(Object.entries(schema.properties!))("%s is what the server takes", (key, one) => {
    const setting = SETTINGS[key as keyof typeof SETTINGS];
    expect(setting.env).toBe(settingEnv(key));
    expect(setting.commands).toContain("serve");
    const unit = /a whole number( of \w+)?/.exec(setting.accepts)?.[1] ?? "";
    expect(setting.accepts).toBe(accepted(one, unit));
  });

  test("have the server's defaults where a configuration has none", () => {
    for (const [key, { description = "" }] of Object.entries(schema.properties!)) {
      const told = /the server's, (\w+)/.exec(description)?.[1];
      if (told !== undefined) expect([key, SETTINGS[key as keyof typeof SETTINGS].default]).toEqual([key, told]);
    }
  });
});
