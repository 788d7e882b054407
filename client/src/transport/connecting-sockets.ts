import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Where Node.js tells of every socket of a client that is made, before it connects. */
const SOCKETS = "net.client.socket";

/** A socket that will be made in this turn of the event loop, to one of these ports. */
interface Expected {
  readonly ports: ReadonlySet<number>;
  readonly take: (socket: Socket) => void;
}

/** Of all channels of this process, in the order in which their sockets are made. */
const expected = new Set<Expected>();

/**
 * The sockets of a channel that are being connected.
 *
 * Node.js keeps a process for a connection that is being made, whether the socket is unref'd or not, until the system gives it up:
 * after more than two minutes, where an address does not even refuse it. grpc-js sets no limit, and a channel that is closed
 * leaves such a socket as it is; so they are caught where they are made, and given up here.
 */
export class ConnectingSockets {
  readonly #limitMs: number;
  readonly #sockets = new Set<Socket>();

  /** @param limitMs how long connecting may take */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Takes the next socket to one of these ports, if it is made in the rest of this turn of the event loop. */
  expect(ports: ReadonlySet<number>): void {
    const one: Expected = { ports, take: (socket) => this.#take(socket) };
    if (expected.size === 0) subscribe(SOCKETS, onSocket);
    expected.add(one);
    setImmediate(() => forget(one)).unref();
  }

  /** Gives up all that is being connected. What is connected stays. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), this.#limitMs).unref();
    const over = (): void => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    };
    socket.once("connect", over);
    socket.once("close", over);
  }
}

/** The ports of a channel's target as grpc-js has parsed it: `count:7777`, `10.0.0.1:7777,10.0.0.2:7777`; none: 443. */
export function portsOf({ path }: { readonly path: string }): ReadonlySet<number> {
  return new Set(path.split(",").map((address) => Number(/:(\d+)$/.exec(address)?.[1] ?? 443)));
}

function onSocket(message: unknown): void {
  const { socket } = message as { readonly socket: Socket };
  // Still in this turn; before, the socket does not know its port.
  socket.once("connectionAttempt", (_address: string, port: number) => {
    for (const one of expected) {
      if (!one.ports.has(port)) continue;
      forget(one);
      one.take(socket);
      return;
    }
  });
}

function forget(one: Expected): void {
  if (expected.delete(one) && expected.size === 0) unsubscribe(SOCKETS, onSocket);
}
