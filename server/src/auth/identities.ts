import { timingSafeEqual } from "node:crypto";
import { namesOf, type ShownCertificate } from "./certificate-names.ts";
import type { Identity } from "./identity.ts";
import { digestOf } from "./token.ts";

/** A token that is known, by its SHA-256 in lower-case hexadecimal. */
export interface TokenEntry {
  readonly sha256: string;
  readonly identity: Identity;
}

/** A certificate that is known, by one of its names: `DNS:ci.example`, `URI:spiffe://…`, `CN:ci`. */
export interface CertificateEntry {
  readonly certificate: string;
  readonly identity: Identity;
}

/** Everybody whom a server knows. */
export class Identities {
  readonly entries: readonly (TokenEntry | CertificateEntry)[];
  readonly #digests: readonly (readonly [digest: Buffer, identity: Identity])[];
  readonly #certificates: ReadonlyMap<string, Identity>;

  constructor(entries: readonly (TokenEntry | CertificateEntry)[]) {
    this.entries = entries;
    this.#digests = entries.flatMap((entry) =>
      "sha256" in entry ? [[Buffer.from(entry.sha256, "hex"), entry.identity] as const] : [],
    );
    this.#certificates = new Map(
      entries.flatMap((entry) => ("certificate" in entry ? [[entry.certificate, entry.identity] as const] : [])),
    );
  }

  /** How long it takes tells nothing of the token: all are compared, in constant time, whichever fits. */
  ofToken(token: string): Identity | undefined {
    const digest = digestOf(token);
    let found: Identity | undefined;
    for (const [known, identity] of this.#digests) found = timingSafeEqual(digest, known) ? identity : found;
    return found;
  }

  /** The first of its names that is known decides. The certificate must have been verified. */
  ofCertificate(certificate: ShownCertificate): Identity | undefined {
    for (const name of namesOf(certificate)) {
      const identity = this.#certificates.get(name);
      if (identity !== undefined) return identity;
    }
    return undefined;
  }

  /**
   * The same identities, but with those objects of `before` whose entry is the same still: an identity that nothing has
   * happened to is the same object, so that it can be told from one that was changed or withdrawn.
   */
  keeping(before: Identities): Identities {
    const known = new Map(before.entries.map((entry) => [textOf(entry), entry.identity]));
    return new Identities(
      this.entries.map((entry) => ({ ...entry, identity: known.get(textOf(entry)) ?? entry.identity })),
    );
  }
}

function textOf(entry: TokenEntry | CertificateEntry): string {
  const { name, scopes, services } = entry.identity;
  const who = "sha256" in entry ? entry.sha256 : entry.certificate;
  return JSON.stringify([who, name, [...scopes].sort(), services === undefined ? null : [...services].sort()]);
}
