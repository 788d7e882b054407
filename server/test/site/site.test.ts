import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { readStaticFiles } from "../../src/site/static-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TWO_DAYS, withSite } from "./site-support.ts";

/** One request as it is, without what fetch adds and forbids. */
async function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET", body = "") {
  const asked = request({ host: "127.0.0.1", port, path, headers, method, agent: false });
  asked.end(body);
  const [response] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe("the site", () => {
  test("sends every answer with headers that keep other origins out", () =>
    withSite(
      () => TWO_DAYS,
      async ({ port }) => {
        for (const path of ["/", "/api/v1/totals", "/openapi.json", "/nowhere", "/count.v1.CountService/Nothing"]) {
          const { headers } = await ask(port, path);
          expect(headers["content-security-policy"]).toBe(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
          );
          expect(headers["x-content-type-options"]).toBe("nosniff");
          expect(headers["referrer-policy"]).toBe("no-referrer");
          expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
        }
      },
    ));

  test("answers to the names of this machine only, where nothing else keeps strangers' pages out", () =>
    withSite(
      () => TWO_DAYS,
      async ({ port, asked }) => {
        const stranger = await ask(port, "/api/v1/totals", { Host: "evil.example:7779" });
        expect([stranger.status, JSON.parse(stranger.body)]).toEqual([
          421,
          {
            type: "about:blank",
            title: "Misdirected Request",
            status: 421,
            code: "failed_precondition",
            detail:
              'the host "evil.example:7779" is not this machine: a Count without authentication answers to localhost, 127.0.0.1 and [::1] only',
          },
        ]);
        expect(asked).toEqual([]);
        for (const Host of ["localhost:1", "127.0.0.1", "[::1]:9"]) {
          expect((await ask(port, "/api/v1/totals", { Host })).status).toBe(200);
        }
      },
    ));

  test("takes GET and HEAD", () =>
    withSite(
      () => TWO_DAYS,
      async ({ port }) => {
        const posted = await ask(port, "/api/v1/totals", {}, "POST", "{}");
        expect([posted.status, posted.headers.allow]).toEqual([405, "GET, HEAD"]);
        const head = await ask(port, "/api/v1/totals", {}, "HEAD");
        expect([head.status, head.body, Number(head.headers["content-length"]) > 100]).toEqual([200, "", true]);
        expect((await ask(port, "/api/v1/totals", { "Content-Length": "3" }, "GET", "abc")).status).toBe(200);
      },
    ));

  test("answers a request too many with 503, and the next one when there is room", () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const limited: string[] = [];
    return withSite(
      async () => {
        begun();
        await held;
        return TWO_DAYS;
      },
      async ({ port }) => {
        const slow = ask(port, "/api/v1/totals");
        await first;
        const refused = await ask(port, "/api/v1/totals");
        expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "1"]);
        expect(limited).toEqual(["web_requests"]);
        release();
        expect((await slow).status).toBe(200);
        expect((await ask(port, "/api/v1/totals")).status).toBe(200);
      },
      { maxRequests: 1, onLimited: (limit) => limited.push(limit) },
    );
  });

  test("refuses headers of more than 16 KiB, and goes on", () =>
    withSite(
      () => TWO_DAYS,
      async ({ port }) => {
        expect((await ask(port, `/api/v1/totals?path=${"x".repeat(20_000)}`)).status).toBe(431);
        expect((await ask(port, "/api/v1/totals")).status).toBe(200);
      },
    ));

  test("closes with a connection open that says nothing", async () => {
    let socket: import("node:net").Socket | undefined;
    await withSite(
      () => TWO_DAYS,
      async ({ port }) => {
        socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
      },
    );
    if (socket && !socket.closed) await once(socket, "close");
  });

  test("serves the page's files compressed, to be kept where their name says what they hold", async () => {
    const folder = await temporaryFolder("count-page-");
    const script = "console.log('count');".repeat(100);
    writeFileSync(join(folder, "index.html"), "<!doctype html>");
    writeFileSync(join(folder, "page-ABCDEFG2.js"), script);
    writeFileSync(join(folder, ".sources"), "secret");
    await withSite(
      () => TWO_DAYS,
      async ({ url, port }) => {
        const page = await fetch(`${url}/`);
        expect([page.headers.get("content-type"), page.headers.get("cache-control"), await page.text()]).toEqual([
          "text/html; charset=utf-8",
          "no-cache",
          "<!doctype html>",
        ]);
        const again = await fetch(`${url}/`, { headers: { "If-None-Match": page.headers.get("etag") ?? "" } });
        expect(again.status).toBe(304);
        const kept = await fetch(`${url}/page-ABCDEFG2.js`);
        expect(kept.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
        expect([kept.headers.get("content-encoding"), await kept.text()]).toEqual(["gzip", script]);
        for (const path of ["/.sources", "/../package.json", "/index.html", "//etc/passwd", "/%2e%2e/"]) {
          expect((await ask(port, path)).status).toBe(404);
        }
      },
      { files: readStaticFiles(folder) },
    );
    await rm(folder, { recursive: true });
  });

  test("says that a page is missing which was not built", () =>
    withSite(
      () => TWO_DAYS,
      async ({ url }) => {
        expect(await (await fetch(`${url}/`)).json()).toMatchObject({
          status: 503,
          detail: "the page is not built: run `npm run build`",
        });
      },
    ));

  test("describes itself in OpenAPI 3.1", () =>
    withSite(
      () => TWO_DAYS,
      async ({ url }) => {
        const response = await fetch(`${url}/openapi.json`);
        expect(await response.json()).toMatchObject({ openapi: "3.1.0", info: { title: "Count", version: "1.2.3" } });
      },
    ));
});
