import { InvalidArgumentError } from "commander";
import type { Parameter } from "../../api/parameter.ts";

/** A parser of an option that a parameter of the HTTP API takes as well. @throws InvalidArgumentError */
export function parserOf<Value>({ parse, accepts }: Parameter<Value>): (text: string) => Value {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError(`It must be ${accepts}.`);
    return value;
  };
}

/** The same for one that may be repeated. */
export function collect<Value>(
  parameter: Parameter<Value>,
): (text: string, before: readonly Value[] | undefined) => readonly Value[] {
  const parse = parserOf(parameter);
  return (text, before = []) => [...new Set([...before, parse(text)])];
}
