/** Where a client says what its owner should know. pino, winston and the console all fit. */
export interface Logger {
  /** Something is lost, or works worse than it should. */
  warn(message: string): void;
  /** Something that an operator who looks for it wants to find: connections that end, retries. */
  debug(message: string): void;
}

/**
 * The default: a warning becomes a warning of the process, each different one once (so that it is seen, and a host that
 * has it repeated does not drown), and everything else nothing.
 */
export function processWarnings(): Logger {
  const seen = new Set<string>();
  return {
    warn(message) {
      if (seen.has(message) || seen.size >= 100) return;
      seen.add(message);
      process.emitWarning(message, "CountWarning");
    },
    debug() {
      // Silent by default.
    },
  };
}

/** A logger of the host may throw; counting goes on. */
export function guarded(logger: Logger): Logger {
  const call = (level: "warn" | "debug", message: string): void => {
    try {
      logger[level](message);
    } catch {
      // There is nobody left to tell.
    }
  };
  return { warn: (message) => call("warn", message), debug: (message) => call("debug", message) };
}
