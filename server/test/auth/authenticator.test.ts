import { countService } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Authenticator, authenticatorOf, OPEN_TO_ALL, type Shown } from "../../src/auth/authenticator.ts";
import type { ShownCertificate } from "../../src/auth/certificate-names.ts";
import { Identities } from "../../src/auth/identities.ts";
import { ANYONE } from "../../src/auth/identity.ts";
import { parseIdentities } from "../../src/auth/parse-identities.ts";
import { needOf } from "../../src/auth/scope.ts";
import { digestOf, makeToken } from "../../src/auth/token.ts";

const SHOP = makeToken();
const READER = makeToken();
const ADMIN = makeToken();
const hash = (token: string) => digestOf(token).toString("hex");
const FILE = `
tokens:
  - { name: shop, sha256: ${hash(SHOP)}, scopes: [record], services: [shop] }
  - { name: reader, sha256: "${hash(READER)}", scopes: [read] }
  - { name: ops, sha256: "${hash(ADMIN)}", scopes: [admin] }
certificates:
  - { name: ci, san: "URI:spiffe://example/ci", scopes: [read] }
  - { name: reports, cn: reports, scopes: [rollup] }
`;
const IDENTITIES = parseIdentities(FILE, "auth.yaml");

const ADD = countService.add.path;
const LIST = countService.listDailyTotals.path;

function authenticator({ mutual = false } = {}): Authenticator & { refusals: string[] } {
  const refusals: string[] = [];
  const auth = authenticatorOf({
    identities: () => IDENTITIES,
    watch: () => undefined,
    mutual,
    onRefusal: ({ reason, address }) => refusals.push(`${reason} ${address}`),
  });
  return { ...auth, refusals };
}

/** The name of who is let in, or why nobody is. */
function outcome(act: () => { readonly name: string }): string {
  try {
    return act().name;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}

const bearer = (token: string): Shown => ({ authorization: `Bearer ${token}` });
const showing = (certificate: ShownCertificate): Shown => ({ certificate: () => certificate });

describe("an authenticator", () => {
  test("knows a token, whatever the case of Bearer, and nothing that is like one", () => {
    const auth = authenticator();
    expect(outcome(() => auth.authenticate(bearer(SHOP)))).toBe("shop");
    expect(outcome(() => auth.authenticate({ authorization: `bearer   ${READER} ` }))).toBe("reader");
    for (const wrong of [SHOP.slice(1), `${SHOP}x`, SHOP.toUpperCase(), hash(SHOP), makeToken()]) {
      expect(outcome(() => auth.authenticate(bearer(wrong)))).toBe("unauthenticated: the token is not known here");
    }
    for (const wrong of ["", SHOP, `Basic ${SHOP}`, "Bearer", "Bearer a b", `Bearer ${"x".repeat(5_000)}`]) {
      expect(outcome(() => auth.authenticate({ authorization: wrong }))).toBe(
        'unauthenticated: authorization is not "Bearer" and a token',
      );
    }
    expect(outcome(() => auth.authenticate({ address: () => "10.0.0.1" }))).toBe(
      'unauthenticated: a token is required, as "authorization: Bearer" and the token',
    );
    expect(auth.refusals.at(-1)).toBe("nothing_shown 10.0.0.1");
  });

  test("takes any other text for unknown", () => {
    const auth = authenticator();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(outcome(() => auth.authenticate({ authorization: text }))).toMatch(/^unauthenticated: /);
        expect(outcome(() => auth.authenticate(bearer(text)))).toMatch(/^unauthenticated: /);
      }),
    );
  });

  test("knows a certificate by one of its names, when connections show any", () => {
    const auth = authenticator({ mutual: true });
    const ci = { subjectaltname: "DNS:x.example, URI:spiffe://example/ci", subject: { CN: "whoever" } };
    expect(outcome(() => auth.authenticate(showing(ci)))).toBe("ci");
    expect(outcome(() => auth.authenticate(showing({ subject: { CN: "reports" } })))).toBe("reports");
    const unknown =
      'unauthenticated: no name of the certificate is known here, and there is no token, as "authorization: Bearer" and the token';
    for (const certificate of [
      {},
      { subject: { CN: ["reports", "reports"] } },
      { subjectaltname: "DNS:reports" },
      { subjectaltname: 'DNS:"x, URI:spiffe://example/ci"' },
      { subjectaltname: "URI:spiffe://example/ci2" },
      { subjectaltname: "URI:SPIFFE://EXAMPLE/CI" },
      { subject: { CN: "Reports" } },
    ]) {
      expect(outcome(() => auth.authenticate(showing(certificate)))).toBe(unknown);
    }
    expect(outcome(() => authenticator().authenticate(showing(ci)))).toMatch(/^unauthenticated: a token is required/);
  });

  test("lets a token decide where there is a certificate too", () => {
    const auth = authenticator({ mutual: true });
    const certificate = () => ({ subject: { CN: "reports" } });
    expect(outcome(() => auth.authenticate({ ...bearer(READER), certificate }))).toBe("reader");
    expect(outcome(() => auth.authenticate({ ...bearer("x".repeat(43)), certificate }))).toBe(
      "unauthenticated: the token is not known here",
    );
  });

  test("admits a call with the scope that it needs, names the scope that is missing, and asks nobody for health", () => {
    const auth = authenticator();
    expect(outcome(() => auth.admit(ADD, bearer(SHOP)))).toBe("shop");
    expect(outcome(() => auth.admit(ADD, bearer(ADMIN)))).toBe("ops");
    expect(outcome(() => auth.admit(LIST, bearer(SHOP)))).toBe(
      'forbidden: "shop" may not call ListDailyTotals: it needs the scope read, and has record',
    );
    expect(outcome(() => auth.admit("/grpc.health.v1.Health/Check", {}))).toBe("anyone");
    const reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    expect(outcome(() => auth.admit(reflection, bearer(SHOP)))).toBe("shop");
    expect(outcome(() => auth.admit(reflection, {}))).toMatch(/^unauthenticated: /);
    expect(auth.refusals).toEqual(["scope_missing unknown", "nothing_shown unknown"]);
  });

  test("of a server that asks nobody lets everybody do everything", () => {
    expect(OPEN_TO_ALL.admit(ADD, {})).toBe(ANYONE);
    expect(OPEN_TO_ALL.authenticate(bearer("whatever"))).toBe(ANYONE);
    expect(OPEN_TO_ALL.required).toBe(false);
  });
});

describe("needOf", () => {
  test("has the scope of every call of count.v1, and admin for what it does not know", () => {
    const needs = Object.fromEntries(
      ["Add", "Record", "ListDailyTotals", "GetPeriodTotals", "QueryTotals", "ListPathRules"]
        .concat("CountDailyTotals", "RemoveExpired", "SetPathRules", "LaterCall")
        .map((name) => [name, needOf(`/count.v1.CountService/${name}`)]),
    );
    expect(needs).toEqual({
      Add: "record",
      Record: "record",
      ListDailyTotals: "read",
      GetPeriodTotals: "read",
      QueryTotals: "read",
      ListPathRules: "read",
      CountDailyTotals: "rollup",
      RemoveExpired: "rollup",
      SetPathRules: "admin",
      LaterCall: "admin",
    });
  });
});

describe("identities that were read again", () => {
  test("are the same objects where nothing has changed, and others where something has", () => {
    const changed = FILE.replace("name: reader", "name: looker").replace("scopes: [rollup]", "scopes: [read]");
    const after = parseIdentities(changed, "auth.yaml").keeping(IDENTITIES);
    const kept = after.entries.map(({ identity }, i) => identity === IDENTITIES.entries[i]!.identity);
    expect(kept).toEqual([true, false, true, true, false]);
    expect(new Identities([]).keeping(IDENTITIES).entries).toEqual([]);
  });
});
