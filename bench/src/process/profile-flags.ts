/** Flags of a Node.js that writes a CPU profile into a folder when it ends. */
export function profileFlags(directory: string | undefined): string[] {
  return directory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${directory}`];
}
