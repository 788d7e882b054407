import { describe, expect, test } from "@jest/globals";
import { ANYONE, holds } from "../../src/auth/identity.ts";
import { parseIdentities } from "../../src/auth/parse-identities.ts";
import { digestOf, makeToken } from "../../src/auth/token.ts";
import { CountError } from "../../src/domain/count-error.ts";

const TOKEN = makeToken();
const SHA256 = digestOf(TOKEN).toString("hex");
const OTHER = "0".repeat(64);

function fault(text: string): string {
  try {
    parseIdentities(text, "auth.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(CountError);
    expect((error as CountError).code).toBe("invalid");
    return (error as CountError).message;
  }
  throw new Error("nothing was refused");
}

describe("a file of identities", () => {
  test("is YAML or JSON, with tokens by their hashes and certificates by a name of theirs", () => {
    const yaml = `
# who may call
tokens:
  - { name: shop, sha256: ${SHA256.toUpperCase()}, scopes: [record], services: [shop, ""] }
  - name: nightly
    sha256: "${OTHER}"
    scopes:
      - rollup
      - read
certificates:
  - { name: ci, san: "DNS:CI.example", scopes: [read] }
  - { name: ops, cn: Ops Team, scopes: [admin] }
`;
    const json = JSON.stringify({
      tokens: [
        { name: "shop", sha256: SHA256, scopes: ["record"], services: ["shop", ""] },
        { name: "nightly", sha256: OTHER, scopes: ["rollup", "read"] },
      ],
      certificates: [
        { name: "ci", san: "DNS:ci.example", scopes: ["read"] },
        { name: "ops", cn: "Ops Team", scopes: ["admin"] },
      ],
    });
    const identity = (name: string, scopes: string[], services?: string[]) => ({
      name,
      scopes: new Set(scopes),
      services: services && new Set(services),
    });
    const entries = [
      { sha256: SHA256, identity: identity("shop", ["record"], ["shop", ""]) },
      { sha256: OTHER, identity: identity("nightly", ["rollup", "read"]) },
      { certificate: "DNS:ci.example", identity: identity("ci", ["read"]) },
      { certificate: "CN:Ops Team", identity: identity("ops", ["admin"]) },
    ];
    expect(parseIdentities(yaml, "auth.yaml").entries).toEqual(entries);
    expect(parseIdentities(json, "auth.json").entries).toEqual(entries);
  });

  test("may list nobody, so that everybody can be locked out, but not be empty, as one is that was cut short", () => {
    expect(parseIdentities("tokens: []", "auth.yaml").entries).toEqual([]);
    expect(fault("")).toBe("auth.yaml is empty; accepted are tokens and certificates");
    expect(fault("# nobody yet\n")).toBe("auth.yaml is empty; accepted are tokens and certificates");
  });

  test.each([
    ["tokens: [", "auth.yaml, line 1: it is neither YAML nor JSON (BAD_INDENT)"],
    ["- shop", "auth.yaml, line 1: the file is no mapping of tokens and certificates"],
    ["tokens: 1", "auth.yaml, line 1: tokens is no list"],
    ["token: []", 'auth.yaml, line 1: the file has "token"; accepted are tokens and certificates'],
    [
      `tokens:\n  - name: a\n    sha256: ${OTHER}\n    scopes: [record, write]`,
      "auth.yaml, line 4: tokens[0].scopes[1] is no scope; accepted are record, read, rollup, admin",
    ],
    [
      `tokens:\n  - name: a\n    sha256: ${OTHER}\n    scopes: []`,
      "auth.yaml, line 4: tokens[0].scopes is empty; accepted is a list of record, read, rollup, admin",
    ],
    [
      `tokens:\n  - name: a\n    sha256: ${OTHER}`,
      "auth.yaml, line 2: tokens[0].scopes is missing; accepted is a list of record, read, rollup, admin",
    ],
    [
      `tokens:\n  - sha256: ${OTHER}\n    scopes: [read]`,
      "auth.yaml, line 2: tokens[0].name is missing; accepted are 1 to 64 letters, digits and . _ - @ / :",
    ],
    [
      `tokens:\n  - {name: "a b", sha256: "${OTHER}", scopes: [read]}`,
      "auth.yaml, line 2: tokens[0].name is not accepted; accepted are 1 to 64 letters, digits and . _ - @ / :",
    ],
    [
      `tokens:\n  - {name: a, sha256: "${OTHER}", scopes: [admin], services: [shop]}`,
      "auth.yaml, line 2: tokens[0].services cannot be together with the scope admin, which is for all services",
    ],
    [
      `tokens:\n  - {name: a, sha256: "${OTHER}", scopes: [read], services: []}`,
      "auth.yaml, line 2: tokens[0].services is empty; leave it out for all services",
    ],
    [
      `tokens:\n  - {name: a, sha256: "${OTHER}", scopes: [read]}\n  - {name: b, sha256: "${OTHER}", scopes: [read]}`,
      "auth.yaml, line 3: tokens[1].sha256 is that of another token too",
    ],
    [
      'certificates:\n  - {name: a, san: "ci.example", scopes: [read]}',
      'auth.yaml, line 2: certificates[0].san is not accepted; accepted are "DNS:…", "URI:…", "IP:…" and "email:…"',
    ],
    [
      'certificates:\n  - {name: a, san: "DNS:a", cn: a, scopes: [read]}',
      "auth.yaml, line 2: certificates[0] needs one of san and cn",
    ],
    [
      'certificates:\n  - {name: a, san: "DNS:a", scopes: [read]}\n  - {name: a, san: "DNS:A", scopes: [record]}',
      "auth.yaml, line 3: certificates[1] has the name of another one",
    ],
    [
      `tokens:\n  - {name: a, sha256: "${OTHER}", scopes: [read], expires: never}`,
      'auth.yaml, line 2: tokens[0] has "expires"; accepted are name, sha256, scopes and services',
    ],
  ])("that is %j is refused with line and field", (text, message) => {
    expect(fault(text)).toBe(message);
  });

  test.each([
    `tokens:\n  - {name: a, sha256: ${TOKEN}, scopes: [read]}`,
    `tokens:\n  - {name: a, token: ${TOKEN}, scopes: [read]}`,
    `tokens:\n  - {name: a, ${TOKEN}: x, scopes: [read]}`,
    `tokens:\n  - ${TOKEN}`,
    `tokens: ${TOKEN}`,
    `${TOKEN}: [record]`,
    `tokens:\n  - {name: ${TOKEN.repeat(2)}, sha256: "${OTHER}", scopes: [read]}`,
    `tokens:\n  - {name: a, sha256: "${OTHER}", scopes: [${TOKEN}]}`,
    `tokens: [\n"${TOKEN}`,
    TOKEN,
  ])("never shows a token that was put in the wrong place (%#)", (text) => {
    expect(fault(text)).not.toContain(TOKEN);
  });
});

describe("a scope", () => {
  test("admin holds all others", () => {
    const admin = { ...ANYONE, scopes: new Set(["admin"] as const) };
    expect(holds(admin, "record") && holds(admin, "read") && holds(admin, "rollup")).toBe(true);
    const record = { ...ANYONE, scopes: new Set(["record"] as const) };
    expect(holds(record, "record")).toBe(true);
    expect(holds(record, "read") || holds(record, "rollup") || holds(record, "admin")).toBe(false);
  });
});
