import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type IdentityFile, openIdentityFile } from "../../src/auth/identity-file.ts";
import { CountError } from "../../src/domain/count-error.ts";

const entry = (name: string, digit: string) => `  - { name: ${name}, sha256: "${digit.repeat(64)}", scopes: [read] }\n`;
const SHOP = `tokens:\n${entry("shop", "1")}`;
const BOTH = `${SHOP}${entry("cart", "2")}`;

let folder = "";
let file: IdentityFile | undefined;
let failures = 0;
let onFailure: () => void = () => undefined;
const lines: string[] = [];
let heard: () => void = () => undefined;
const log = {
  info: (fields: object, message: string) => say(`${message} ${JSON.stringify(fields)}`),
  warn: (fields: object, message: string) => say(`WARN ${message} ${JSON.stringify(fields)}`),
};
function say(line: string): void {
  lines.push(line);
  heard();
}
function failed(): void {
  failures++;
  onFailure();
}
async function until(text: string): Promise<void> {
  while (!lines.some((line) => line.includes(text))) await new Promise<void>((resolve) => (heard = resolve));
}
const at = (name: string) => join(folder, name);
/** Without a moment in which half of it is there. */
async function put(name: string, text: string): Promise<void> {
  await writeFile(at(`${name}.new`), text);
  await rename(at(`${name}.new`), at(name));
}
/** That many readings more have failed. */
async function failedAgain(times: number): Promise<void> {
  const due = failures + times;
  while (failures < due) await new Promise<void>((resolve) => (onFailure = resolve));
}
async function open(name: string): Promise<IdentityFile> {
  file = await openIdentityFile(at(name), { refreshMs: 10, log, onFailure: failed });
  return file;
}
const names = () => file?.identities.entries.map(({ identity }) => identity.name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-auth-"));
  lines.length = 0;
  failures = 0;
});
afterEach(async () => {
  file?.close();
  await rm(folder, { recursive: true });
});

describe("a file of tokens", () => {
  test("is read again when it changes, and those who watch are told", async () => {
    await writeFile(at("auth.yaml"), SHOP);
    const opened = await open("auth.yaml");
    expect(names()).toEqual(["shop"]);
    const [before] = opened.identities.entries;
    const told = new Promise<void>((resolve) => opened.watch(resolve));
    await put("auth.yaml", BOTH);
    await told;
    expect(names()).toEqual(["shop", "cart"]);
    expect(opened.identities.entries[0]?.identity).toBe(before?.identity);
    await until('tokens and certificates were read again {"authFile":');
  });

  test("is read again when Kubernetes swaps the folder of its Secret", async () => {
    await writeFile(at("first"), SHOP);
    await writeFile(at("second"), BOTH);
    await symlink(at("first"), at("auth.yaml"));
    const opened = await open("auth.yaml");
    const told = new Promise<void>((resolve) => opened.watch(resolve));
    await symlink(at("second"), at("link"));
    await rename(at("link"), at("auth.yaml"));
    await told;
    expect(names()).toEqual(["shop", "cart"]);
  });

  test("that breaks leaves the last good one in force, with one warning, until it is mended", async () => {
    await writeFile(at("auth.yaml"), SHOP);
    const opened = await open("auth.yaml");
    await put("auth.yaml", `${SHOP}  - { name: cart }\n`);
    await failedAgain(4);
    expect(names()).toEqual(["shop"]);
    expect(lines).toEqual([
      `WARN tokens cannot be read again: the last good ones stay in force {"reason":"${at("auth.yaml")}, line 3: tokens[1].sha256 is missing; accepted are 64 hexadecimal digits, which \`count token\` prints"}`,
    ]);
    const told = new Promise<void>((resolve) => opened.watch(resolve));
    await put("auth.yaml", BOTH);
    await told;
    expect(names()).toEqual(["shop", "cart"]);
  });

  test("must be usable at the start", async () => {
    await expect(open("none.yaml")).rejects.toEqual(
      new CountError("invalid", `the file of tokens ${at("none.yaml")} cannot be read: ENOENT`),
    );
    await writeFile(at("big.yaml"), "#".repeat(1_048_577));
    await expect(open("big.yaml")).rejects.toEqual(
      new CountError("invalid", `${at("big.yaml")} has 1048577 bytes; accepted are 1048576`),
    );
  });
});
