import { connect, type Socket } from "node:net";

/** How every connection begins (RFC 9113, 3.4). */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, continuation: 9 } as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;

/** A frame as it is on the wire, whatever sense it makes. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const SETTINGS = frame(TYPE.settings, 0, 0);

/** A header as a literal that goes into no table (RFC 7541, 6.2.2). */
export function header(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  const prefix = [Math.min(bytes.length, 127)];
  for (let rest = bytes.length - 127; rest >= 0; rest = rest < 128 ? -1 : Math.floor(rest / 128)) {
    prefix.push(rest < 128 ? rest : (rest % 128) | 128);
  }
  return Buffer.concat([Buffer.from(prefix), bytes]);
}

/** The headers of a gRPC call. */
export function callHeaders(path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  const headers = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "count",
    te: "trailers",
    "content-type": "application/grpc",
    ...more,
  };
  return Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
}

/** A gRPC message with its prefix. */
export function grpcMessage(bytes: Uint8Array, { compressed = false } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(compressed ? 1 : 0, 0);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** A connection that minds no error: to be cut off is what it is for. */
export function rawConnection(port: number): Socket {
  return connect(port, "127.0.0.1")
    .on("error", () => undefined)
    .resume();
}

/** Answers pings, as a connection has to that wants to stay. */
export function answerPings(socket: Socket): void {
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const end = bytes.length < 9 ? Number.POSITIVE_INFINITY : 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < end) return;
      if (bytes[3] === TYPE.ping && bytes[4] === 0) socket.write(frame(TYPE.ping, 1, 0, bytes.subarray(9, end)));
      bytes = bytes.subarray(end);
    }
  });
}

/** Resolves once it is closed, by whomever. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}
