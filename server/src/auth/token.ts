import { createHash, randomBytes } from "node:crypto";

/** Secret scanners and people know a token of Count's by it. */
const PREFIX = "count_";
const RANDOM_BYTES = 32;

/** A new token: 256 random bits, so that a fast hash of it gives nothing away. */
export function makeToken(): string {
  return PREFIX + randomBytes(RANDOM_BYTES).toString("base64url");
}

/** The SHA-256 of a token, which is all that a server knows of it. */
export function digestOf(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}

/** The token of `Bearer <token>` (RFC 6750), or undefined for anything else. */
export function bearerToken(authorization: string): string | undefined {
  return /^bearer +([\x21-\x7e]{1,4096}) *$/i.exec(authorization)?.[1];
}
