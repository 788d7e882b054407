import { execFileSync } from "node:child_process";
import type { User } from "./holding.ts";

export const isRoot = process.geteuid?.() === 0;
const idOf = (what: string): number => Number(execFileSync("id", [what, "nobody"], { encoding: "utf8" }));

/** Who starts it; `undefined` is the user of the tests. Only root can be someone else too. */
export const users: readonly (readonly [name: string, user: User | undefined])[] = isRoot
  ? [
      ["root", undefined],
      ["an unprivileged user", { uid: idOf("-u"), gid: idOf("-g") }],
    ]
  : [["this user", undefined]];
