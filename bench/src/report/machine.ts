import { cpus, totalmem } from "node:os";

/** Where it was measured: figures of two machines cannot be compared, ratios sometimes. */
export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly memoryBytes: number;
  readonly node: string;
  readonly postgres: string;
}

export function machineOf(postgres: string): Machine {
  const all = cpus();
  const model = all[0]?.model.trim() ?? "";
  return { cpus: all.length, model, memoryBytes: totalmem(), node: process.version, postgres };
}
