import { AssertionError, deepStrictEqual } from "node:assert";

/** @throws Error that shows how what is differs from what should be */
export function same<Value>(what: string, actual: Value, expected: Value): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    throw new Error(`${what}: ${error.message}`, { cause: error });
  }
}

/** @throws Error when a text does not say it */
export function says(what: string, text: string, expected: RegExp): void {
  if (!expected.test(text)) throw new Error(`${what} should say ${String(expected)}, and says:\n${text.slice(-3_000)}`);
}
