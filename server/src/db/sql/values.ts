/** Collects the values of a statement while its text is written. */
export class Values {
  readonly #values: unknown[] = [];

  get all(): readonly unknown[] {
    return this.#values;
  }

  /** `$3::date` for a value that is the third. */
  add(type: string, value: unknown): string {
    this.#values.push(value);
    return `$${this.#values.length}::${type}`;
  }
}
