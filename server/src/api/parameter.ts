/** A query parameter: how it is described, and how its texts become a value. The parser and `/openapi.json` are made from it. */
export interface Parameter<Value = unknown> {
  /** What it is, and what follows from it. */
  readonly description: string;
  /** What is accepted, as the end of "it must be …". */
  readonly accepts: string;
  /** JSON schema of one value. */
  readonly schema: object;
  /** How often it may be given: `list` is any number of times, each once; `commas` is that, and several in one text. */
  readonly many: "once" | "list" | "commas";
  /** An example, for the document. */
  readonly example: string;
  /** The value of one text, or undefined when it is not accepted. */
  readonly parse: (text: string) => Value | undefined;
}

type Definition<Value> = Omit<Parameter<Value>, "many"> & { readonly many?: Parameter["many"] };

/** A parameter that is given once, unless the definition says otherwise. */
export function parameter<Value>(definition: Definition<Value>): Parameter<Value> {
  return Object.freeze({ many: "once" as const, ...definition });
}

/** One of a few words. */
export function wordParameter<const Word extends string>(
  description: string,
  words: readonly Word[],
  options: { readonly example: Word; readonly many?: Parameter["many"] },
): Parameter<Word> {
  return parameter({
    description,
    accepts: `one of ${words.join(", ")}`,
    schema: { type: "string", enum: words },
    parse: (text) => words.find((word) => word === text),
    ...options,
  });
}

/** A whole number. */
export function numberParameter(description: string, min: number, max: number, example: string): Parameter<number> {
  return parameter({
    description,
    accepts: `a whole number from ${min} to ${max}`,
    schema: { type: "integer", minimum: min, maximum: max },
    example,
    parse: (text) => {
      const value = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  });
}

/** Any text of so many characters, without NUL. */
export function textParameter(
  description: string,
  options: { readonly min: 0 | 1; readonly max: number; readonly example: string; readonly many?: Parameter["many"] },
): Parameter<string> {
  const { min, max, ...rest } = options;
  return parameter({
    description,
    accepts: `${min === 0 ? "text" : "not empty,"} of at most ${max} characters, without NUL`,
    // The pattern says what `accepts` does: schemas know no other way to forbid a character.
    schema: { type: "string", minLength: min, maxLength: max, pattern: "^[^\\u0000]*$" },
    parse: (text) => (text.length < min || text.length > max || text.includes("\0") ? undefined : text),
    ...rest,
  });
}
