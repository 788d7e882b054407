import { stat } from "node:fs/promises";
import { readIdentityFile } from "../auth/identity-file.ts";
import { CountError } from "../domain/count-error.ts";
import { type Finding, ok, warning, wrong } from "./finding.ts";

const id = "configuration.auth";
const WRITABLE_BY_OTHERS = 0o022;
const READABLE_BY_ALL = 0o004;

/** The file of tokens: whether a server could use it, and who may write it, and so let himself in. */
export async function checkAuth(file: string): Promise<Finding> {
  try {
    const { entries } = await readIdentityFile(file);
    const tokens = entries.filter((entry) => "sha256" in entry).length;
    const has = `${file} knows ${plural(tokens, "token")} and ${plural(entries.length - tokens, "certificate")}`;
    if (entries.length === 0) {
      return warning(id, `${has}: every call is refused`, "Add an entry: `count token` makes one.");
    }
    const mode = (await stat(file)).mode & 0o777;
    const open = [
      ...((mode & WRITABLE_BY_OTHERS) === 0 ? [] : ["others than its owner may write it, and let themselves in"]),
      ...((mode & READABLE_BY_ALL) === 0 ? [] : ["everybody on the machine may read it"]),
    ];
    if (open.length === 0) return ok(id, has);
    return warning(id, `${has}; its mode is ${mode.toString(8)}: ${open.join("; ")}`, `chmod 640 ${file}, or 600.`);
  } catch (error) {
    return wrong(
      id,
      CountError.from(error).message,
      "Correct the file; `count token` prints entries as they should be.",
    );
  }
}

function plural(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
