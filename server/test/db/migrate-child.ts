// Migrates as a process of its own, and writes a line for each step.
import { type MigrateOptions, migrate } from "../../src/db/migrate.ts";

const options = JSON.parse(process.argv[2] ?? "") as MigrateOptions;
const { applied } = await migrate({
  ...options,
  onProgress: (progress) => console.log(progress.kind === "applying" ? `applying ${progress.name}` : progress.kind),
});
console.log(`applied ${applied.join(" ")}`);
