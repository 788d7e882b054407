import { createHash } from "node:crypto";

/**
 * JSON with sorted keys, without spaces and with <, > and & escaped: what `toJson` of Helm's templates writes for the same value,
 * so that a chart computes the same checksums.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return escaped(JSON.stringify(value));
  // Written member by member: an object with the keys "1" and "00" has them in this order, however they were put in.
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${escaped(JSON.stringify(key))}:${canonicalJson(one)}`);
  return `{${members.join(",")}}`;
}

function escaped(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** SHA-256 of the canonical JSON, in hexadecimal digits. */
export function checksum(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
