import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { pgDataOf } from "./data-folder.ts";
import { HOST, readLastPort } from "./free-port.ts";
import { livingOwner } from "./owner.ts";
import { ROLE, readPassword } from "./password.ts";

/** What a data folder tells of its PostgreSQL, without starting it. */
export type LastUrl =
  /** A process uses the folder, and its PostgreSQL listens there or is about to. */
  | { readonly url: string }
  /** Why there is nothing to connect to. */
  | { readonly absent: "no database" | "not running" };

/** Where the PostgreSQL of a data folder is, if one runs. @throws what reading the folder throws */
export async function lastEmbeddedUrl(dataDir: string): Promise<LastUrl> {
  const folder = resolve(dataDir);
  const files = await readdir(pgDataOf(folder)).catch(() => []);
  if (files.length === 0) return { absent: "no database" };
  const [owner, password, port] = await Promise.all([livingOwner(folder), readPassword(folder), readLastPort(folder)]);
  if (owner === undefined || password === undefined || port === undefined) return { absent: "not running" };
  return { url: `postgres://${ROLE}:${password}@${HOST}:${port}/${ROLE}` };
}
