import type { Socket } from "node:net";

/** How a link treats what passes, at the moment that it passes. */
export interface Weather {
  readonly maxDelayMs: number;
  readonly swallowsAnswers: boolean;
  readonly isSilent: boolean;
}

/** One proxied connection. Chunks, and the end after them, keep their order, however long each is held back. */
export class Link {
  readonly near: Socket;
  readonly far: Socket;
  readonly #weather: Weather;
  readonly #flushes: (() => void)[] = [];

  constructor(near: Socket, far: Socket, weather: Weather, onClose: () => void) {
    this.near = near;
    this.far = far;
    this.#weather = weather;
    this.#carry(near, far, false);
    this.#carry(far, near, true);
    near.on("close", onClose);
  }

  cut(): void {
    this.near.resetAndDestroy();
    this.far.resetAndDestroy();
  }

  /** Sends on what was held back by silence. */
  flush(): void {
    for (const flush of this.#flushes) flush();
  }

  #carry(from: Socket, to: Socket, isAnswer: boolean): void {
    const held: Buffer[] = [];
    let isEnded = false;
    let timer: NodeJS.Timeout | undefined;
    const pass = (): void => {
      timer = undefined;
      if (this.#weather.isSilent) return;
      for (let first = held.shift(); first !== undefined; first = held.shift()) to.write(first);
      if (isEnded && held.length === 0) to.end();
    };
    const later = (): void => {
      const { maxDelayMs, isSilent } = this.#weather;
      if (isSilent) return;
      if (maxDelayMs === 0) {
        clearTimeout(timer);
        pass();
      } else timer ??= setTimeout(pass, Math.random() * maxDelayMs);
    };
    from.on("data", (chunk: Buffer) => {
      if (isAnswer && this.#weather.swallowsAnswers) return;
      held.push(chunk);
      later();
    });
    from.on("end", () => {
      isEnded = true;
      later();
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      clearTimeout(timer);
      to.destroy();
    });
    this.#flushes.push(later);
  }
}
