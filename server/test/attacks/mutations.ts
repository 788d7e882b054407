import fc from "fast-check";

/** One thing that is done to bytes. Places are parts of the whole, from 0 to 1. */
type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "set"; readonly at: number; readonly byte: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "remove"; readonly at: number; readonly length: number }
  | { readonly kind: "repeat"; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: "cut"; readonly at: number };

const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const length = fc.integer({ min: 1, max: 32 });

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at, bit: fc.nat(7) }),
  // What lengths, tags and line ends are made of.
  fc.record({ kind: fc.constant("set" as const), at, byte: fc.constantFrom(0, 1, 10, 13, 32, 58, 127, 128, 255) }),
  fc.record({ kind: fc.constant("insert" as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }) }),
  fc.record({ kind: fc.constant("remove" as const), at, length }),
  fc.record({ kind: fc.constant("repeat" as const), at, length, times: fc.integer({ min: 2, max: 40 }) }),
  fc.record({ kind: fc.constant("cut" as const), at }),
);

function mutate(bytes: Buffer, one: Mutation): Buffer {
  const at = Math.floor(one.at * bytes.length);
  const before = bytes.subarray(0, at);
  switch (one.kind) {
    case "flip":
    case "set": {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[at] = one.kind === "set" ? one.byte : changed[at]! ^ (1 << one.bit);
      return changed;
    }
    case "insert":
      return Buffer.concat([before, one.bytes, bytes.subarray(at)]);
    case "remove":
      return Buffer.concat([before, bytes.subarray(at + one.length)]);
    case "repeat": {
      const repeated = bytes.subarray(at, at + one.length);
      return Buffer.concat([before, ...new Array<Buffer>(one.times).fill(repeated), bytes.subarray(at + one.length)]);
    }
    case "cut":
      return before;
  }
}

/** One of these, with up to eight faults. */
export function mutated(...originals: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(...originals), fc.array(mutation, { maxLength: 8 }))
    .map(([original, mutations]) => mutations.reduce(mutate, Buffer.from(original)));
}

/**
 * How much is tried: some seconds' worth, or as many cases as COUNT_FUZZ_CASES says. COUNT_FUZZ_SEED repeats a run; a failure
 * names its seed.
 */
export function fuzzing(cases: number): fc.Parameters<unknown> {
  const { COUNT_FUZZ_CASES: wanted, COUNT_FUZZ_SEED: seed } = process.env;
  return {
    numRuns: wanted === undefined ? cases : Number(wanted),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}

/** Of a test that tries so much. */
export const LIMIT_MS = process.env["COUNT_FUZZ_CASES"] === undefined ? 240_000 : 86_400_000;
