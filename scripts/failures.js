/**
 * Prints what has failed: each test, scenario or step by its name, and below it how it ended, shortened. Whoever sees the end of a long
 * run only sees all of it.
 *
 *   node scripts/failures.js jest FILE        of `jest --json`; names without what they said with --names
 *   node scripts/failures.js suite FILE       of `npm run e2e -- --json`; the same
 *   node scripts/failures.js log TITLE FILE   what a step has written
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Lines of each failure: so many of its beginning and its end. */
const FIRST = 9;
const LAST = 6;
/** Failures that are shown with what they said; of further ones the names have to do. */
const MAX_SHOWN = 25;
const MAX_WIDTH = 300;

/** What failed, with why. */
const READERS = {
  jest: ({ testResults }) =>
    testResults.flatMap(({ name, message, status, assertionResults }) => {
      const file = relative(process.cwd(), name);
      const failed = assertionResults.filter((test) => test.status === "failed");
      // A file that could not be loaded, or whose hooks failed, has no test that says so.
      if (failed.length === 0) return status === "failed" ? [{ name: file, said: message }] : [];
      return failed.map(({ fullName, failureMessages }) => ({
        name: `${file}: ${fullName}`,
        // Where it was thrown is in the test itself; frames of libraries take the place of what is of use.
        said: failureMessages.join("\n").replace(/^ +at .*(?:node_modules|node:).*\n?/gm, ""),
      }));
    }),
  suite: ({ results }) =>
    results
      .filter(({ outcome }) => outcome === "failed")
      .map(({ scenario, words }) => ({ name: `scenario ${scenario}`, said: words })),
};

function shortened(text) {
  const lines = stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .map((line) => (line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH)}…` : line));
  if (lines.length <= FIRST + LAST) return lines;
  return [...lines.slice(0, FIRST), `… (${lines.length - FIRST - LAST} more lines)`, ...lines.slice(-LAST)];
}

function shown(failures) {
  return failures.map(({ name, said }, at) =>
    [name, ...(at < MAX_SHOWN ? shortened(said).map((line) => `    ${line}`) : [])].join("\n"),
  );
}

const [kind, ...rest] = process.argv.slice(2);
const isNames = rest.includes("--names");
const [first, second] = rest.filter((one) => one !== "--names");
if (kind === "log") {
  // The end is what tells.
  const lines = shortened(
    readFileSync(second, "utf8")
      .split("\n")
      .slice(-(FIRST + LAST) - 1)
      .join("\n"),
  );
  console.log([first, ...lines.map((line) => `    ${line}`)].join("\n"));
} else {
  const failures = READERS[kind](JSON.parse(readFileSync(first, "utf8")));
  const text = isNames ? failures.map(({ name }) => name) : shown(failures);
  if (text.length > 0) console.log(text.join("\n"));
}
