/** Collects the values of a statement while its text is written. */
export class Values {
  readonly #values: unknown[] = [];
  readonly #written = new Map<object, unknown>();

  get all(): readonly unknown[] {
    return this.#values;
  }

  /** `$3::date` for a value that is the third. */
  add(type: string, value: unknown): string {
    this.#values.push(value);
    return `$${this.#values.length}::${type}`;
  }

  /** What `write` returned when it was called for this object first, so that what is large is sent once. */
  once<Text>(of: object, write: () => Text): Text {
    if (!this.#written.has(of)) this.#written.set(of, write());
    return this.#written.get(of) as Text;
  }
}
