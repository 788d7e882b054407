import { describe, expect, test } from "@jest/globals";
import { authorizationOfCookie, signInCookie, signOutCookie } from "../../src/auth/cookie.ts";
import { makeToken } from "../../src/auth/token.ts";

const TOKEN = makeToken();

describe("the cookie of a browser that has signed in", () => {
  test("can be read by no script, is sent by no other site, and with TLS over nothing else", () => {
    expect(signInCookie("a token", { secure: true })).toBe(
      "__Host-count-token=a%20token; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure",
    );
    expect(signInCookie("t", { secure: false })).toBe(
      "count-token=t; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict",
    );
    expect(signOutCookie({ secure: true })).toBe(
      "__Host-count-token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure",
    );
  });

  test.each([true, false])("stands for the token that it was made of (TLS: %p)", (secure) => {
    const [pair] = signInCookie(TOKEN, { secure }).split(";");
    expect(authorizationOfCookie(pair, { secure })).toBe(`Bearer ${TOKEN}`);
    expect(authorizationOfCookie(`theme=dark; ${pair}; x`, { secure })).toBe(`Bearer ${TOKEN}`);
    expect(authorizationOfCookie(pair, { secure: !secure })).toBeUndefined();
  });

  test("is none when it is empty, missing or broken", () => {
    for (const cookie of [undefined, "", "count-token=", "count-token", "xcount-token=a", "count-token=%zz"]) {
      expect(authorizationOfCookie(cookie, { secure: false })).toBeUndefined();
    }
  });
});
