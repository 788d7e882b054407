import { toDate } from "@count/proto";
import type { CountedMethod, Totals } from "../totals/totals.ts";
import { MAX_VARINT_BYTES, uint64Varint, varint, varintSize, writeVarint } from "./varint.ts";

/** `repeated MethodCount method_counts = 1` of all three responses. */
const METHOD_COUNTS = 0x0a;
// The fields of MethodCount and of google.type.Date: number << 3 | wire type.
const METHOD = 0x08;
const PATH = 0x12;
const COUNT = 0x18;
const DATE = 0x22;
const SERVICE = 0x2a;
const YEAR = 0x08;
const MONTH = 0x10;
const DAY = 0x18;

const NOTHING = new Uint8Array(0);

/** What comes before and after the count and the date in every MethodCount of a method. */
interface EncodedMethod {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/**
 * Encodes CountDailyTotalsResponse, ListDailyTotalsResponse or GetPeriodTotalsResponse: they are the same on the wire. The
 * bytes are those of protobuf-es's `toBinary`.
 *
 * Written by hand because every method comes again each day: its strings are encoded once, and nothing is allocated for a
 * count but its bytes.
 */
export function encodeMethodCounts({ methods, days }: Totals): Buffer {
  const encoded = methods.map(encodeMethod);
  const dates = days.map(({ day }) => (day === undefined ? NOTHING : encodeDate(day)));

  let capacity = 0;
  days.forEach((day, index) => {
    capacity += day.methods.length * (1 + MAX_VARINT_BYTES + 1 + MAX_VARINT_BYTES + dates[index]!.length);
    for (const method of day.methods) capacity += encoded[method]!.head.length + encoded[method]!.tail.length;
  });

  const out = Buffer.allocUnsafe(capacity);
  let at = 0;
  days.forEach((day, index) => {
    const date = dates[index]!;
    for (let entry = 0; entry < day.methods.length; entry++) {
      const { head, tail } = encoded[day.methods[entry]!]!;
      const total = day.counts[entry]!;
      // Beyond 2^53 a number is not exact, and a negative one has another encoding.
      const count = total >= 0n && total <= Number.MAX_SAFE_INTEGER ? Number(total) : uint64Varint(total);
      const countSize = count === 0 ? 0 : 1 + (typeof count === "number" ? varintSize(count) : count.length);
      out[at++] = METHOD_COUNTS;
      at = writeVarint(out, at, head.length + countSize + date.length + tail.length);
      at = writeBytes(out, at, head);
      if (count !== 0) {
        out[at++] = COUNT;
        at = typeof count === "number" ? writeVarint(out, at, count) : writeBytes(out, at, count);
      }
      at = writeBytes(out, at, date);
      at = writeBytes(out, at, tail);
    }
  });
  return out.subarray(0, at);
}

/** A byte at a time: for a few dozen bytes `set` takes longer to begin than this to end. */
function writeBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  for (let index = 0; index < bytes.length; index++) out[at + index] = bytes[index]!;
  return at + bytes.length;
}

function encodeMethod({ method, path, service }: CountedMethod): EncodedMethod {
  const number = method === 0 ? NOTHING : Buffer.concat([Uint8Array.of(METHOD), uint64Varint(BigInt(method))]);
  return { head: Buffer.concat([number, encodeText(PATH, path)]), tail: encodeText(SERVICE, service) };
}

function encodeText(tag: number, text: string): Uint8Array {
  if (text === "") return NOTHING;
  const bytes = Buffer.from(text);
  return Buffer.concat([Uint8Array.of(tag), varint(bytes.length), bytes]);
}

function encodeDate(day: number): Uint8Array {
  const date = toDate(day);
  const fields = Buffer.concat([
    Uint8Array.of(YEAR),
    varint(date.year),
    Uint8Array.of(MONTH),
    varint(date.month),
    Uint8Array.of(DAY),
    varint(date.day),
  ]);
  return Buffer.concat([Uint8Array.of(DATE), varint(fields.length), fields]);
}
