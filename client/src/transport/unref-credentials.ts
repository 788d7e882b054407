import type { Socket } from "node:net";
import { ChannelCredentials } from "@grpc/grpc-js";
import { type ConnectingSockets, portsOf } from "./connecting-sockets.ts";

type SecureConnector = ReturnType<ChannelCredentials["_createSecureConnector"]>;

/**
 * Credentials whose connections do not keep the process alive.
 *
 * grpc-js refs the socket of a session for as long as a call is open, and a Record stream is always open. There is no option against it;
 * credentials are where a channel's sockets can be had, so they are made unable to hold the event loop here.
 */
export class UnrefCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #connecting: ConnectingSockets;

  constructor(inner: ChannelCredentials, connecting: ConnectingSockets) {
    super();
    this.#inner = inner;
    this.#connecting = connecting;
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return other instanceof UnrefCredentials && this.#inner._equals(other.#inner);
  }

  override _createSecureConnector(...args: Parameters<ChannelCredentials["_createSecureConnector"]>): SecureConnector {
    const inner = this.#inner._createSecureConnector(...args);
    const connecting = this.#connecting;
    const ports = portsOf(args[0]);
    return {
      async connect(socket) {
        release(socket);
        const connected = await inner.connect(socket);
        release(connected.socket);
        return connected;
      },
      async waitForReady() {
        await inner.waitForReady();
        // The next thing that grpc-js does is to make the socket.
        connecting.expect(ports);
      },
      getCallCredentials: () => inner.getCallCredentials(),
      destroy: () => inner.destroy(),
    };
  }
}

function release(socket: Socket): void {
  socket.unref();
  socket.ref = () => socket;
}
