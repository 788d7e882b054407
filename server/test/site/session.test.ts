import { describe, expect, test } from "@jest/globals";
import type { Authenticator, Shown } from "../../src/auth/authenticator.ts";
import type { Identity } from "../../src/auth/identity.ts";
import { CountError } from "../../src/domain/count-error.ts";
import { type TestSite, withSite } from "./site-support.ts";

const READER: Identity = { name: "reader", scopes: new Set(["read"]), services: new Set(["shop"]) };

/** Knows one token. */
const auth: Authenticator = {
  required: true,
  authenticate: ({ authorization }: Shown) => {
    if (authorization === "Bearer good") return READER;
    throw new CountError("unauthenticated", "the token is not known here");
  },
  admit: (_, shown) => auth.authenticate(shown),
  isInForce: () => true,
  watch: () => undefined,
};

const PAGE = { "Count-Request": "page" };

function withSessions(use: (site: TestSite, session: string) => Promise<void>): Promise<void> {
  return withSite(
    () => ({}),
    (site) => use(site, `${site.url}/api/v1/session`),
    { auth },
  );
}

function signIn(session: string, token: unknown, headers: Record<string, string> = PAGE): Promise<Response> {
  return fetch(session, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ token }),
  });
}

describe("/api/v1/session", () => {
  test("signs a browser in by a cookie that no script reads and no other site sends, and out again", () =>
    withSessions(async (_, session) => {
      expect(await (await fetch(session)).json()).toEqual({ authentication: true, signed_in: false });
      const signedIn = await signIn(session, "good");
      expect([signedIn.status, signedIn.headers.get("set-cookie")]).toEqual([
        204,
        "count-token=good; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict",
      ]);
      const Cookie = "count-token=good";
      expect(await (await fetch(session, { headers: { Cookie } })).json()).toEqual({
        authentication: true,
        signed_in: true,
        name: "reader",
        scopes: ["read"],
        services: ["shop"],
      });
      const out = await fetch(session, { method: "DELETE", headers: { ...PAGE, Cookie } });
      expect([out.status, out.headers.get("set-cookie")]).toEqual([
        204,
        "count-token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict",
      ]);
    }));

  test("says that a token is not known, and sets no cookie", () =>
    withSessions(async (_, session) => {
      const refused = await signIn(session, "bad");
      expect([refused.status, refused.headers.get("set-cookie"), await refused.json()]).toEqual([
        401,
        null,
        {
          type: "about:blank",
          title: "Unauthorized",
          status: 401,
          code: "unauthenticated",
          detail: "the token is not known here",
        },
      ]);
    }));

  test.each([
    ["no token", 7, 400],
    ["a token of 5,000 characters", "x".repeat(5_000), 413],
  ])("refuses %s", (_, token, status) =>
    withSessions(async (_site, session) => {
      expect((await signIn(session, token)).status).toBe(status);
    }),
  );

  test("takes changes only from a page of its own: no form and no other site sends its header", () =>
    withSessions(async ({ url }, session) => {
      expect((await signIn(session, "good", {})).status).toBe(403);
      const form = await fetch(session, {
        method: "POST",
        headers: PAGE,
        body: new URLSearchParams({ token: "good" }),
      });
      expect(form.status).toBe(415);
      const call = (headers: Record<string, string>) =>
        fetch(`${url}/count.v1.CountService/RemoveExpired`, {
          method: "POST",
          headers: { "Content-Type": "application/json", ...headers },
          body: "{}",
        });
      const forged = await call({ Cookie: "count-token=good" });
      expect([forged.status, ((await forged.json()) as { detail: string }).detail]).toEqual([
        403,
        'what changes something needs the header "Count-Request: page" when it comes with the cookie of a browser',
      ]);
      expect((await call({ Cookie: "count-token=good", ...PAGE })).status).toBe(200);
      expect((await call({ Authorization: "Bearer good" })).status).toBe(200);
    }));

  test("knows GET, POST and DELETE", () =>
    withSessions(async (_, session) => {
      const put = await fetch(session, { method: "PUT", headers: PAGE });
      expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, HEAD, POST, DELETE"]);
    }));
});
