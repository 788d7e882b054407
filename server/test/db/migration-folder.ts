import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of migrations, by their names without `.sql`, for as long as it is in scope. */
export class MigrationFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async of(files: Readonly<Record<string, string>>): Promise<MigrationFolder> {
    const path = await mkdtemp(join(tmpdir(), "count-migrations-"));
    await Promise.all(Object.entries(files).map(([name, sql]) => writeFile(join(path, `${name}.sql`), sql)));
    return new MigrationFolder(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
