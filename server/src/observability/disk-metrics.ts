import { statfs } from "node:fs/promises";
import { Gauge, type Registry } from "prom-client";

/** Names of the two gauges, and whose disk it is. */
export interface DiskNames {
  /** `count_embedded_disk` becomes `count_embedded_disk_free_bytes` and `count_embedded_disk_size_bytes`. */
  readonly prefix: string;
  /** For the help text, such as "the embedded PostgreSQL's folder". */
  readonly of: string;
}

/**
 * How much room the file system of a folder has, asked whenever it is scraped.
 *
 * @returns how to say which folder; there is no sample before, nor while it cannot be asked.
 */
export function diskMetrics(registry: Registry, { prefix, of }: DiskNames): (folder: string) => void {
  let folder: string | undefined;
  const gauge = (name: string, help: string, pick: (fs: { bsize: number; bavail: number; blocks: number }) => number) =>
    new Gauge({
      name: `${prefix}_${name}`,
      help: `${help} ${of} is on; no sample without one.`,
      registers: [registry],
      async collect() {
        this.remove();
        if (folder === undefined) return;
        const found = await statfs(folder).catch(() => undefined);
        if (found !== undefined) this.set(pick(found));
      },
    });
  gauge("free_bytes", "Bytes that are free on the disk that", ({ bsize, bavail }) => bsize * bavail);
  gauge("size_bytes", "Size of the disk that", ({ bsize, blocks }) => bsize * blocks);
  return (where) => {
    folder = where;
  };
}
