import pg from "pg";

type Parser = (text: string) => unknown;

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;
const DATE_ARRAY = 1182;

const asText: Parser = (text) => text;

/**
 * node-postgres gives int8 as text (node-postgres#427) and a date as a Date at local midnight (node-postgres#818), which is
 * another day east of Greenwich. Set for each client rather than for the process: a host's own use of pg stays as it is.
 */
const PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [INT8, BigInt],
  [INT8_ARRAY, (text) => elements(text).map((item) => (item === "NULL" ? null : BigInt(item)))],
  [DATE, asText],
  [DATE_ARRAY, (text) => elements(text).map((item) => (item === "NULL" ? null : item))],
]);

// pg-types names oids by an enumeration of some; any number is one.
const theirs = pg.types.getTypeParser as unknown as (oid: number, format?: "text" | "binary") => Parser;

/** For the `types` of a client: bigint as bigint, date as text, arrays of them alike, and the rest as node-postgres has it. */
export const valueParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary"): Parser => {
    const own = format === "binary" ? undefined : PARSERS.get(oid);
    return own ?? theirs(oid, format);
  }) as typeof pg.types.getTypeParser,
};

/** Of a one-dimensional array of a type whose text needs no quotes. */
function elements(text: string): string[] {
  const inner = text.slice(1, -1);
  return inner === "" ? [] : inner.split(",");
}
