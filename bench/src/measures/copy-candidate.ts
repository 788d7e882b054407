import type { Candidate } from "../run/measure.ts";
import { metered } from "../run/metered.ts";
import type { Workbench } from "./workbench.ts";

const ROWS = 1_000_000;

const TABLE = "create table if not exists copied (method_id bigint not null, request_timestamp timestamptz not null)";
/** A file beside PostgreSQL's own, which only its own user may read. */
const FILE = "select current_setting('data_directory') || '/requests.copy' as file";
const ROWS_OF_FILE = `select (1 + n % 200)::bigint, now() from generate_series(1, ${ROWS}) as n`;

/**
 * What PostgreSQL takes at most when each request is a row: binary COPY from a file of its own into a table without index and
 * foreign key, with no client and no server in the way.
 */
export function copyCandidate({ postgres, baselineSql }: Workbench): Candidate {
  let file: string | undefined;
  return {
    name: "copy",
    async run() {
      if (file === undefined) {
        await baselineSql.query(TABLE);
        const { rows } = await baselineSql.query<{ file: string }>(FILE);
        file = rows[0]!.file.replaceAll("'", "''");
        await baselineSql.query(`copy (${ROWS_OF_FILE}) to '${file}' (format binary)`);
      }
      await baselineSql.query("truncate copied");
      return await metered({ postgres }, async () => {
        const start = performance.now();
        const { rowCount } = await baselineSql.query(`copy copied from '${file}' (format binary)`);
        if (rowCount !== ROWS) throw new Error(`COPY has stored ${rowCount ?? 0} of ${ROWS} rows`);
        return { events: ROWS, seconds: (performance.now() - start) / 1_000 };
      });
    },
  };
}
