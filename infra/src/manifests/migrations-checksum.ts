import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Beside the packages, in the repository and in the image, seen from src/manifests and dist/manifests alike. */
const FOLDER = fileURLToPath(new URL("../../../migrations", import.meta.url));

/** SHA-256 over names and texts of the migrations that this bundle comes with. @throws Error when there are none */
export function migrationsChecksum(folder = FOLDER): string {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  if (files.length === 0) throw new Error(`${folder} holds no migration`);
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(`${folder}/${file}`))
      .update("\0");
  return hash.digest("hex");
}
