import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { CountError } from "../domain/count-error.ts";
import { fieldName, offsetOf } from "../domain/yaml-place.ts";
import { normalName } from "./certificate-names.ts";
import { type CertificateEntry, Identities, type TokenEntry } from "./identities.ts";
import type { Identity } from "./identity.ts";
import { SCOPES } from "./scope.ts";

/** Every call with a token compares it with all of them. */
const MAX_ENTRIES = 1_000;

// No message shows a value that may be a token: one that was put in the place of its hash must not get into a log.
const NAME = z
  .string({ error: "is missing; accepted are 1 to 64 letters, digits and . _ - @ / :" })
  .regex(/^[\w.@/:-]{1,64}$/, "is not accepted; accepted are 1 to 64 letters, digits and . _ - @ / :");
const SHA256 = z
  .string({ error: "is missing; accepted are 64 hexadecimal digits, which `count token` prints" })
  .regex(/^[\da-f]{64}$/i, "is not 64 hexadecimal digits; `count token` prints them")
  .toLowerCase();
const SCOPE_LIST = z
  .array(z.enum(SCOPES, { error: `is no scope; accepted are ${SCOPES.join(", ")}` }), {
    error: `is missing; accepted is a list of ${SCOPES.join(", ")}`,
  })
  .nonempty(`is empty; accepted is a list of ${SCOPES.join(", ")}`);
const SERVICE = z
  .string({ error: "is no text; accepted is the name of a service" })
  .refine((text) => Buffer.byteLength(text) <= 1_300 && !text.includes("\0"), {
    error: "is not accepted; accepted are up to 1,300 bytes without NUL",
  });
const SERVICES = z
  .array(SERVICE, { error: "is no list; accepted is a list of names of services" })
  .nonempty("is empty; leave it out for all services")
  .optional();
const SAN = z
  .string()
  .regex(/^(?:DNS|URI|IP|email):./, 'is not accepted; accepted are "DNS:…", "URI:…", "IP:…" and "email:…"')
  .optional();
const CN = z.string().min(1, "is empty; accepted is a common name").optional();

const rights = { scopes: SCOPE_LIST, services: SERVICES };
const NO_ADMIN = { error: "cannot be together with the scope admin, which is for all services" };
const bound = (entry: { scopes: readonly string[]; services?: readonly string[] | undefined }) =>
  entry.services === undefined || !entry.scopes.includes("admin");

const FILE = z.strictObject({
  tokens: z
    .array(z.strictObject({ name: NAME, sha256: SHA256, ...rights }).refine(bound, { ...NO_ADMIN, path: ["services"] }))
    .max(MAX_ENTRIES, `has more than ${MAX_ENTRIES} entries`)
    .optional(),
  certificates: z
    .array(
      z
        .strictObject({ name: NAME, san: SAN, cn: CN, ...rights })
        .refine(bound, { ...NO_ADMIN, path: ["services"] })
        .refine(({ san, cn }) => (san === undefined) !== (cn === undefined), { error: "needs one of san and cn" }),
    )
    .max(MAX_ENTRIES, `has more than ${MAX_ENTRIES} entries`)
    .optional(),
});

/**
 * Reads the text of a file of identities, YAML or JSON:
 *
 * ```yaml
 * tokens:
 *   - { name: shop, sha256: 9f86…, scopes: [record], services: [shop] }
 * certificates:
 *   - { name: ci, san: "DNS:ci.example", scopes: [read] }
 *   - { name: reports, cn: reports, scopes: [read, rollup] }
 * ```
 *
 * @throws CountError `invalid` naming file, line and field. No value is shown.
 */
export function parseIdentities(text: string, file: string): Identities {
  const lines = new LineCounter();
  // Every scalar is text: a hash may look like a number, and a service like a boolean.
  const options = { schema: "failsafe", prettyErrors: false, logLevel: "error" } as const;
  const document = parseDocument(text, { ...options, lineCounter: lines });
  const at = (offset: number) => `${file}, line ${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken !== undefined) throw fault(`${at(broken.pos[0])}: it is neither YAML nor JSON (${broken.code})`);
  const where = (path: readonly PropertyKey[]) => at(offsetOf(document, path));
  const parsed = FILE.safeParse(contentOf(document, file));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw fault(`${where(issue.path)}: ${fieldName(issue.path)} ${saying(issue)}`);
  }
  const { tokens = [], certificates = [] } = parsed.data;
  const entries = [
    ...tokens.map((entry): TokenEntry => ({ sha256: entry.sha256, identity: identityOf(entry) })),
    ...certificates.map((entry): CertificateEntry => {
      const certificate = entry.san === undefined ? `CN:${entry.cn}` : normalName(entry.san);
      return { certificate, identity: identityOf(entry) };
    }),
  ];
  refuseTwins(
    tokens.map(({ sha256 }) => sha256),
    (i) => `${where(["tokens", i])}: tokens[${i}].sha256 is that of another token too`,
  );
  refuseTwins(
    entries.flatMap((entry) => ("certificate" in entry ? [entry.certificate] : [])),
    (i) => `${where(["certificates", i])}: certificates[${i}] has the name of another one`,
  );
  return new Identities(entries);
}

/** A file that was cut short may still be YAML: nothing at all is no list of identities. */
function contentOf(document: Document, file: string): unknown {
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: MAX_ENTRIES });
  } catch {
    throw fault(`${file}: it has too many aliases; accepted are ${MAX_ENTRIES}`);
  }
  if (content === null || content === undefined || content === "")
    throw fault(`${file} is empty; accepted are tokens and certificates`);
  return content;
}

function identityOf(entry: {
  readonly name: string;
  readonly scopes: readonly Identity["name"][];
  readonly services?: readonly string[] | undefined;
}): Identity {
  const { name, scopes, services } = entry;
  return Object.freeze({
    name,
    scopes: new Set(scopes as (typeof SCOPES)[number][]),
    services: services === undefined ? undefined : new Set(services),
  });
}

function refuseTwins(keys: readonly string[], says: (index: number) => string): void {
  keys.forEach((key, i) => {
    if (keys.indexOf(key) < i) throw fault(says(i));
  });
}

function saying(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    // A key that is as long as a token may be one.
    const keys = issue.keys.map((key) => (key.length > 20 ? "a key of its own" : JSON.stringify(key)));
    return `has ${keys.join(", ")}; accepted are ${
      issue.path.length === 0
        ? "tokens and certificates"
        : issue.path[0] === "tokens"
          ? "name, sha256, scopes and services"
          : "name, san, cn, scopes and services"
    }`;
  }
  if (issue.path.length < 2 && issue.code === "invalid_type") {
    return `is no ${issue.path.length === 0 ? "mapping of tokens and certificates" : "list"}`;
  }
  return issue.message;
}

function fault(message: string): CountError {
  return new CountError("invalid", message);
}
