import { createHash, randomBytes } from "node:crypto";

/** A UUIDv4 in its 16 bytes. */
export function randomClientId(): Uint8Array {
  return asUuid(randomBytes(16), 4);
}

/**
 * The client id of something that has an identity of its own, such as a file: the same `identity` gives the same id, so
 * that delivering it again counts nothing twice. A UUIDv8 (RFC 9562) of its SHA-256. Put into `identity` whatever changes
 * the batches: the content, and the version of the code that cuts it into batches.
 */
export function clientIdOf(identity: string | Uint8Array): Uint8Array {
  return asUuid(createHash("sha256").update(identity).digest().subarray(0, 16), 8);
}

function asUuid(bytes: Uint8Array, version: number): Uint8Array {
  const id = Uint8Array.from(bytes);
  id[6] = (id[6]! & 0x0f) | (version << 4);
  id[8] = (id[8]! & 0x3f) | 0x80;
  return id;
}
