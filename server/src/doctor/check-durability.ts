import type { Database } from "../db/database.ts";
import { type DoctorDurabilityRow, doctorDurability } from "../db/sql/doctor-durability.ts";
import { type Finding, ok, wrong } from "./finding.ts";

/** What each setting of PostgreSQL risks when it is off. */
const RISKS: readonly (readonly [setting: "fsync" | "full_page_writes" | "synchronous_commit", risk: string])[] = [
  ["fsync", "a crash of the machine may destroy the whole database"],
  ["full_page_writes", "a crash of the machine may destroy pages of the database"],
  ["synchronous_commit", "a crash loses counts that their senders were answered for"],
];

/** Whether a commit lasts, and whether one is possible at all. */
export async function checkDurability(
  database: Pick<Database, "dialect" | "run">,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (database.dialect === "cockroachdb") {
    return [
      ok("database.durability", "CockroachDB synchronises every commit"),
      ok("database.writable", "it can be written to"),
    ];
  }
  const [row] = await database.run<DoctorDurabilityRow>(doctorDurability, [], { signal });
  return row === undefined ? [] : [durability(row), writable(row)];
}

function durability(row: DoctorDurabilityRow): Finding {
  const off = RISKS.filter(([setting]) => row[setting] === "off");
  if (off.length === 0) return ok("database.durability", "a commit is on disk before it is answered");
  return wrong(
    "database.durability",
    off.map(([setting, risk]) => `${setting} is off: ${risk}`).join("; "),
    `Set ${off.map(([setting]) => `${setting} = on`).join(", ")} (postgresql.conf, alter system, alter database or alter role), and reload.`,
  );
}

function writable({ in_recovery, read_only }: DoctorDurabilityRow): Finding {
  const id = "database.writable";
  if (in_recovery) {
    return wrong(
      id,
      "this is a read-only replica, or a server that is still being restored: nothing can be stored",
      "Point DB_URL at the primary, or add target_session_attrs to the proxy in front; after a failover, promote this one.",
    );
  }
  if (read_only === "on") {
    return wrong(
      id,
      "sessions are read-only here by default_transaction_read_only: nothing can be stored",
      "Find out who set it (a full disk at many hosters), then: alter database … reset default_transaction_read_only.",
    );
  }
  return ok(id, "it can be written to");
}
