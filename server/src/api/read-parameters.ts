import type { Parameter } from "./parameter.ts";
import { type ParameterFault, ProblemError } from "./problem.ts";

/** The most parameters of one request; each is a condition that the database has to look at. */
const MAX_PARAMETERS = 200;

/**
 * The values of a query string, a list for each parameter of the table.
 *
 * @throws ProblemError 400 that names every parameter that is unknown or has a value that is not accepted
 */
export function readParameters(
  table: Readonly<Record<string, Parameter>>,
  search: URLSearchParams,
): Record<string, unknown[]> {
  const values: Record<string, unknown[]> = Object.fromEntries(Object.keys(table).map((name) => [name, []]));
  const faults: ParameterFault[] = [];
  if (search.size > MAX_PARAMETERS) {
    throw refusal([
      { parameter: "", value: `${search.size} parameters`, accepts: `at most ${MAX_PARAMETERS} parameters` },
    ]);
  }
  for (const [name, given] of search) {
    const known = Object.hasOwn(table, name) ? table[name] : undefined;
    if (known === undefined) {
      faults.push({ parameter: name, value: given, accepts: `one of the parameters ${Object.keys(table).join(", ")}` });
      continue;
    }
    const list = values[name] ?? [];
    for (const text of known.many === "commas" ? given.split(",") : [given]) {
      const value = known.parse(text);
      if (value === undefined) faults.push({ parameter: name, value: text, accepts: known.accepts });
      else if (known.many === "once" && list.length > 0) {
        faults.push({ parameter: name, value: text, accepts: "given once" });
      } else if (list.includes(value)) {
        faults.push({ parameter: name, value: text, accepts: "given once for each value" });
      } else list.push(value);
    }
  }
  if (faults.length > 0) throw refusal(faults);
  return values;
}

/** The problem of parameters that cannot be used. */
export function refusal(faults: readonly ParameterFault[]): ProblemError {
  const detail = faults
    .map(({ parameter, value, accepts }) =>
      parameter === ""
        ? `${value}: it must be ${accepts}`
        : `${parameter} is ${JSON.stringify(value)}: it must be ${accepts}`,
    )
    .join("; ");
  return new ProblemError({ status: 400, code: "invalid_argument", detail, errors: faults });
}
