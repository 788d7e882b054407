import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The processes that a process has started, and those that they have. */
export async function familyOf(ancestor: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  const children = new Map<number, number[]>();
  for (const line of stdout.split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const family: number[] = [];
  for (const next = [ancestor]; next.length > 0; ) {
    const found = children.get(next.pop() ?? 0) ?? [];
    family.push(...found);
    next.push(...found);
  }
  return family;
}
