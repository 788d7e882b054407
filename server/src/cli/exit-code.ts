import type { CountErrorCode } from "../domain/count-error.ts";

/** What the command tells scripts by its exit code. These numbers never change; 78 is sysexits' EX_CONFIG. */
export const EXIT = Object.freeze({
  ok: 0,
  internal: 1,
  usage: 2,
  notFound: 3,
  unavailable: 4,
  refused: 5,
  wrong: 6,
  configuration: 78,
  interrupted: 130,
});

/** For the help, in the order of the numbers. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, "done"],
  [EXIT.internal, "a fault of count itself"],
  [EXIT.usage, "wrong usage: a flag, an argument, a file that is not there"],
  [EXIT.notFound, "there is nothing to show"],
  [EXIT.unavailable, "the server or its database is away or busy; try again later"],
  [EXIT.refused, "the data or the request was refused"],
  [EXIT.wrong, "something was found to be wrong"],
  [EXIT.configuration, "the configuration is wrong"],
  [EXIT.interrupted, "interrupted"],
];

/** The exit code of each error code; a usage error and a wrong configuration are known where they are found. */
export const EXIT_OF: Readonly<Record<CountErrorCode, number>> = Object.freeze({
  invalid: EXIT.refused,
  "out-of-range": EXIT.refused,
  "not-found": EXIT.notFound,
  unavailable: EXIT.unavailable,
  precondition: EXIT.refused,
  exhausted: EXIT.unavailable,
  timeout: EXIT.unavailable,
  cancelled: EXIT.interrupted,
  unauthenticated: EXIT.refused,
  forbidden: EXIT.refused,
  internal: EXIT.internal,
});
