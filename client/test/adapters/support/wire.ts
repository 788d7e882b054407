import type { Readable } from "node:stream";

/** What a client sees of a response, without what differs from one moment to the next. */
export interface Seen {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Where a client breaks a request off: before there is an answer, in the middle of its body, in the middle of the answer. */
export type BrokenAt = "request" | "body" | "answer";

/** A request that will be broken off. */
export interface Broken {
  /** Waits until the answer has this. */
  reads(part: string): Promise<void>;
  hangUp(): void;
}

/** How a test speaks with an app: the same requests, in one version of HTTP. */
export interface Wire {
  send(method: string, path: string): Promise<Seen>;
  /** Sends GET requests on one connection, each before the one before is answered, and waits until all are answered with 200. */
  sendTogether(path: string, times: number): Promise<void>;
  begin(at: BrokenAt, path: string): Promise<Broken>;
  /** Opens a WebSocket, or what HTTP/2 has in its place, says something, hears it back, and closes. */
  talk(path: string): Promise<string>;
  close(): void;
}

/** Waits until a stream has brought this. It goes on flowing. */
export function reads(stream: Readable, part: string): Promise<void> {
  return new Promise((resolve) => {
    let read = "";
    stream.on("data", (chunk: Buffer) => {
      read += chunk.toString();
      if (read.includes(part)) resolve();
    });
  });
}
