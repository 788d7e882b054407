import { CountError } from "../domain/count-error.ts";

/** The least that a log needs to have for this. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RereadOptions {
  /** How often the files are read, in milliseconds. Default 10 seconds. */
  readonly refreshMs?: number;
  readonly log: Log;
  /** Told whenever the files were read and cannot be used. Must not throw. */
  readonly onFailure?: () => void;
}

export interface RereadFiles<T> {
  /** Reads them; the value that is known where nothing has changed. @throws CountError `invalid` when they are not usable */
  readonly read: (known: T | undefined) => Promise<T>;
  /** What the log says of a change. */
  readonly changed: (value: T) => readonly [fields: object, message: string];
  /** What the log says of files that are not usable. */
  readonly unusable: string;
}

/** What files hold, kept up to date with them. */
export interface Reread<T> {
  /** What they held when they were last good. */
  readonly current: T;
  /** Called with every new value. */
  watch(listener: (value: T) => void): void;
  /** Stops reading the files. Idempotent. */
  close(): void;
}

/**
 * Reads files, and reads them again and again: watching them by inotify misses what Kubernetes does, which is to swap a symbolic
 * link two folders up. Files that cannot be used, as in the middle of a replacement, leave the last good ones in force, are warned
 * of once, and are tried again at the next reading.
 *
 * @throws CountError as `read`, when they are not usable at the start
 */
export async function reread<T>(files: RereadFiles<T>, options: RereadOptions): Promise<Reread<T>> {
  const { refreshMs = 10_000, log, onFailure } = options;
  const listeners: ((value: T) => void)[] = [];
  let current = await files.read(undefined);
  let warned = "";
  let reading = false;

  const refresh = async (): Promise<void> => {
    try {
      const next = await files.read(current);
      warned = "";
      if (next === current) return;
      current = next;
      for (const listener of listeners) listener(next);
      log.info(...files.changed(next));
    } catch (error) {
      const { message } = CountError.from(error);
      onFailure?.();
      if (message !== warned) log.warn({ reason: message }, files.unusable);
      warned = message;
    }
  };
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    void refresh().finally(() => {
      reading = false;
    });
  }, refreshMs);
  timer.unref();

  return {
    get current() {
      return current;
    },
    watch: (listener) => listeners.push(listener),
    close: () => clearInterval(timer),
  };
}
