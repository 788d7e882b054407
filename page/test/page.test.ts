import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { runCount } from "../../server/test/support/run-count.ts";
import { describeInBrowser, type Look, TestBrowser } from "./support/browser.ts";
import { CountServer, LOG } from "./support/count-server.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RANGE = `from=${LOG.from}&to=${LOG.to}`;
const LOOKS: readonly (readonly [string, Look])[] = [
  ["desktop-light", { scheme: "light" }],
  ["desktop-dark", { scheme: "dark" }],
  ["phone-light", { scheme: "light", width: 360, height: 740 }],
  ["phone-dark", { scheme: "dark", width: 360, height: 740 }],
];

/** Once the counts are there, lines beside the paths included. */
async function loaded(page: Page): Promise<void> {
  await page.locator("table.paths tbody tr").first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
  await page.locator(".sparkline .line").first().waitFor({ state: "attached" });
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate<{
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  }>("axe.run()");
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
}

/** Number of requests in the headline. */
async function figure(page: Page): Promise<number> {
  return Number((await page.locator(".figure").innerText()).replaceAll(",", ""));
}

describeInBrowser("the page", () => {
  let server: CountServer;
  let browser: TestBrowser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([CountServer.start(), TestBrowser.start()]);
  }, 120_000);
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test.each(LOOKS)(
    "shows what was imported, asks no other host, and has nothing that axe finds wrong: %s",
    async (name, look) => {
      await using opened = await browser.open(look);
      const { page } = opened;
      await page.goto(`${server.url}?${RANGE}`);
      await loaded(page);
      expect(await figure(page)).toBe(LOG.requests);
      expect(await page.title()).toBe(`${LOG.from} to ${LOG.to} · Count`);
      await page.getByText("Show the numbers of the chart").click();
      expect(await page.locator(".numbers tbody td").allInnerTexts()).toEqual(
        LOG.days.map((count) => count.toLocaleString("en-US")),
      );
      expect(await violations(page)).toEqual([]);
      const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(width).toBeLessThanOrEqual(room);
      await page.getByText("Show the numbers of the chart").click();
      await opened.picture(name);
      expect([...opened.hosts]).toEqual([new URL(server.url).host]);
      expect(opened.errors).toEqual([]);
    },
  );

  test("filters by a click, and every step is a link that back and forward follow", async () => {
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${server.url}?${RANGE}`);
    await loaded(page);
    const path = await page.locator("table.paths tbody .path button").first().innerText();
    // By whatever method.
    const { total } = await api<{ total: number }>(`${RANGE}&path=${encodeURIComponent(path)}`);
    const count = total.toLocaleString("en-US");
    await page.locator("table.paths tbody .path button").first().click();
    await page.getByRole("button", { name: `Path ${path}` }).waitFor();
    await page.locator(".figure").filter({ hasText: count }).waitFor();
    expect(new URL(page.url()).searchParams.get("path")).toBe(path);

    await page.getByRole("group", { name: "Stack by" }).getByRole("button", { name: "By method" }).click();
    await page.getByRole("combobox", { name: "Per", exact: true }).selectOption("month");
    await page.getByRole("heading", { name: "Requests per month" }).waitFor();
    const address = page.url();
    await page.goBack();
    await page.getByRole("heading", { name: "Requests per day" }).waitFor();
    await page.goBack();
    await page.goBack();
    await page.getByRole("list", { name: "Filters" }).waitFor({ state: "detached" });
    for (let step = 0; step < 3; step++) await page.goForward();
    expect(page.url()).toBe(address);

    await using other = await browser.open();
    await other.page.goto(address);
    await other.page.getByRole("heading", { name: "Requests per month" }).waitFor();
    await other.page.locator(".figure").filter({ hasText: count }).waitFor();
    expect(await other.page.title()).toBe(`${path} · ${LOG.from} to ${LOG.to} · Count`);
  });

  test("works with the keyboard alone", async () => {
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${server.url}?${RANGE}`);
    await loaded(page);
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        return { text: element.innerText.trim(), outline: getComputedStyle(element).outlineStyle };
      });
    await page.keyboard.press("Tab");
    expect(await focused()).toEqual({ text: "Skip to the counts", outline: "solid" });
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
    // From there to the headers of the table, seeing at each step where one is.
    for (let steps = 0; ; steps++) {
      expect(steps).toBeLessThan(40);
      await page.keyboard.press("Tab");
      const { text, outline } = await focused();
      expect(outline).not.toBe("none");
      if (text.startsWith("Path")) break;
    }
    const header = page.getByRole("columnheader", { name: "Path" });
    await page.keyboard.press("Enter");
    expect(await header.getAttribute("aria-sort")).toBe("ascending");
    await page.keyboard.press("Space");
    expect(await header.getAttribute("aria-sort")).toBe("descending");
    expect(new URL(page.url()).searchParams.get("sort")).toBe("-path");
    const paths = await page.locator("table.paths tbody .path button").allInnerTexts();
    const collator = new Intl.Collator("en-US", { numeric: true });
    expect(paths).toEqual([...paths].sort((a, b) => collator.compare(b, a)));
  });

  test("finds paths at the server, and says kindly when there are none", async () => {
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${server.url}?${RANGE}`);
    await loaded(page);
    const text = LOG.requests === 61 ? "products" : "presentations/logstash-scale11x";
    await page.getByRole("searchbox").fill(text);
    await page.waitForURL((url) => url.searchParams.get("q") === text);
    await page.locator("table.paths tbody .path").filter({ hasNotText: text }).first().waitFor({ state: "detached" });
    const expected = await api<{ total: number; rows: unknown[] }>(
      `${RANGE}&by=path,method,service&path_glob=${encodeURIComponent(`**${text}**`)}&top=1000`,
    );
    await page
      .locator("#paths-title")
      .filter({ hasText: String(expected.rows.length) })
      .waitFor();
    await page.getByRole("searchbox").fill("no such path");
    await page.getByText("No path that was called in this range has “no such path” in it.").waitFor();
    // The chart is of everything, whatever is searched for.
    expect(await figure(page)).toBe(LOG.requests);
    await opened.picture("nothing-found");
  });

  test("downloads the CSV that the API gives, of all paths", async () => {
    await using opened = await browser.open();
    const { page } = opened;
    await page.goto(`${server.url}?${RANGE}`);
    await loaded(page);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`count-${LOG.from}-${LOG.to}.csv`);
    const lines = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split("\r\n");
    expect(lines[0]).toBe("period,path,method,service,count,previous_count");
    const { rows } = await api<{ rows: { path: string; method: string; count: number }[] }>(
      `${RANGE}&by=path,method,service&compare=previous&page_size=10000`,
    );
    const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
    expect(lines.slice(1)).toEqual(
      rows.map(({ path, method, count }) => `${LOG.from},${quoted(path)},${method},site,${count},0`),
    );
  });

  test("follows what is counted while it is open, until it is paused", async () => {
    await using opened = await browser.open();
    const { page } = opened;
    await page.clock.install();
    await page.goto(`${server.url}?range=today`);
    await page.getByText("No requests in this range.").first().waitFor();
    await opened.picture("empty");

    const now = new Date();
    await importRequests("/live", now, 3);
    await page.clock.runFor(10_000);
    await page.locator(".figure").filter({ hasText: /^3$/ }).waitFor();
    expect(await page.locator(".live .word").innerText()).toBe("Live");

    await page.getByRole("button", { name: "Pause the live refresh" }).click();
    expect(await page.locator(".live .word").innerText()).toBe("Paused");
    await importRequests("/live", now, 2, "second");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.clock.runFor(60_000);
    expect(asked).toEqual([]);
    await page.getByRole("button", { name: "Pause the live refresh" }).click();
    await page.locator(".figure").filter({ hasText: /^5$/ }).waitFor();

    // A tab that nobody sees asks nothing, and catches up when it is seen.
    await hide(page, true);
    asked.length = 0;
    await importRequests("/live", now, 4, "third");
    await page.clock.runFor(60_000);
    expect(asked).toEqual([]);
    await hide(page, false);
    await page.locator(".figure").filter({ hasText: /^9$/ }).waitFor();
  });

  test("keeps what it has while the server is away, says so, and goes on when it is back", async () => {
    await using own = await CountServer.start();
    await using opened = await browser.open();
    const { page } = opened;
    await page.clock.install();
    await page.goto(`${own.url}?${RANGE}`);
    await loaded(page);
    await own.kill();
    await page.clock.runFor(10_000);
    await page.getByRole("alert").filter({ hasText: "The server does not answer." }).waitFor();
    expect(await page.locator(".live .word").innerText()).toBe("No connection");
    expect(await figure(page)).toBe(LOG.requests);
    expect(await violations(page)).toEqual([]);
    await opened.picture("away");
    await own.restart();
    await page.getByRole("button", { name: "Try again now" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    expect(await page.locator(".live .word").innerText()).toBe("Live");
  });

  test("says kindly that days of a time zone do not go back that far, and shows those of UTC", async () => {
    await using opened = await browser.open({ width: 360, height: 740 });
    const { page } = opened;
    const detail = "the days of Asia/Tokyo are known from 2026-10-21 on";
    await page.route(/time_zone=Asia/, (route) =>
      route.fulfill({
        status: 400,
        contentType: "application/problem+json",
        body: JSON.stringify({ status: 400, code: "out_of_range", detail }),
      }),
    );
    await page.goto(`${server.url}?${RANGE}&tz=Asia/Tokyo`);
    const notice = page.getByRole("alert");
    await notice.filter({ hasText: "Days of Asia/Tokyo do not go back that far." }).waitFor();
    expect(await notice.innerText()).toContain("The days of Asia/Tokyo are known from 2026-10-21 on.");
    expect(await violations(page)).toEqual([]);
    await opened.picture("out-of-range");
    await notice.getByRole("button", { name: "Show days of UTC" }).click();
    await loaded(page);
    expect(await figure(page)).toBe(LOG.requests);
    expect(new URL(page.url()).searchParams.get("tz")).toBeNull();
  });

  test("asks for a token where the server does, keeps it from scripts, and lets one out again", async () => {
    const made = await runCount(["token", "--name", "reader", "--scope", "read", "--json"]);
    const { token, entry } = JSON.parse(made.stdout) as { token: string; entry: object };
    const folder = await mkdtemp(join(tmpdir(), "count-tokens-"));
    const file = join(folder, "tokens.json");
    await writeFile(file, JSON.stringify({ tokens: [entry] }));
    await using own = await CountServer.start(["--auth-file", file], { imported: false });
    await using opened = await browser.open({ scheme: "dark" });
    const { page } = opened;
    await page.goto(`${own.url}?${RANGE}`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await opened.picture("sign-in");
    await page.getByLabel("Token").fill("count_wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "the token is not known here" }).waitFor();
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("No requests in this range.").first().waitFor();
    // Still there after a reload, in a place where no script finds it.
    await page.reload();
    await page.getByText("No requests in this range.").first().waitFor();
    const found = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
    expect(found).toEqual(["", 0, 0]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await rm(folder, { recursive: true });
    expect(opened.errors).toEqual([]);
  });

  test("remembers the theme that was chosen", async () => {
    await using opened = await browser.open({ scheme: "light" });
    const { page } = opened;
    await page.goto(server.url);
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background();
    await page.getByRole("combobox", { name: "Theme" }).selectOption("dark");
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole("combobox", { name: "Theme" }).waitFor();
    expect(await background()).toBe(dark);
    await page.getByRole("combobox", { name: "Theme" }).selectOption("auto");
    expect(await background()).toBe(light);
  });

  async function api<Answer>(query: string): Promise<Answer> {
    const response = await fetch(`${server.url}api/v1/totals?${query}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }

  /** Counts requests by the log of a web server; each `name` is another log. */
  async function importRequests(path: string, at: Date, requests: number, name = "first"): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "count-log-"));
    const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(at.toUTCString()) ?? [];
    const line = `10.0.0.1 - - [${day}/${month}/${year}:${time} +0000] "GET ${path} HTTP/1.1" 200 ${name.length}\n`;
    await writeFile(join(folder, "access.log"), line.repeat(requests));
    await server.count("import", "--service", "site", join(folder, "access.log"));
    await rm(folder, { recursive: true });
  }
});

/** As the browser tells a page whose tab goes to the background; headless ones have no tabs to switch. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((is) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: is });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
