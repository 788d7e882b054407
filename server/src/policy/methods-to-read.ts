import type { Database } from "../db/database.ts";
import { type MethodPageRow, methodPage } from "../db/sql/path-rules.ts";
import type { PathRules } from "../domain/path-rules.ts";

/** A method, and what rules make of it. */
export interface MethodToRead {
  readonly id: bigint;
  readonly service: string;
  readonly method: number;
  /** The path under which it was counted. */
  readonly counted: string;
  /** The path under which it is read so far. */
  readonly from: string;
  /** The path under which the rules have it read. */
  readonly to: string;
}

const PAGE_ROWS = 5_000;

/** All methods, some thousand at a time. @throws CountError as {@link Database.run} */
export async function* methodsToRead(
  database: Pick<Database, "run">,
  rules: PathRules,
  signal?: AbortSignal,
): AsyncGenerator<MethodToRead[]> {
  for (let after = 0n; ; ) {
    const rows = await database.run<MethodPageRow>(methodPage, [after, PAGE_ROWS], signal && { signal });
    yield rows.map(({ id, service, method, path, counted_path }) => ({
      id,
      service,
      method,
      counted: path,
      from: counted_path ?? path,
      to: rules.target(service, method, path) ?? path,
    }));
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1)!.id;
  }
}
