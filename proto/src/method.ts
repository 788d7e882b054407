import { Method, MethodSchema } from "./gen/count/v1/count_pb.ts";

const NAMES = new Map<number, string>(MethodSchema.values.map((value) => [value.number, value.name]));
const NUMBERS = new Map<string, Method>(MethodSchema.values.map((value) => [value.name, value.number]));

/** Every number that the enum defines, ascending. */
export const METHOD_NUMBERS: readonly Method[] = Object.values(Method)
  .filter((value) => typeof value === "number")
  .sort((a, b) => a - b);

/** The enum's name of a method number: `GET`; `METHOD_UNSPECIFIED` for 0; undefined for a number that is not in the enum. */
export function methodName(method: number): string | undefined {
  return NAMES.get(method);
}

/** The method of an HTTP request line: `GET` → GET. A method that the enum does not define is OTHER. Case matters, as in HTTP. */
export function methodFromName(name: string): Method {
  return NUMBERS.get(name) ?? Method.OTHER;
}
