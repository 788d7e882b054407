import type { Server, Socket } from "node:net";

export interface ConnectionLimits {
  /** In all. */
  readonly max: number;
  /** Of one client. Infinity: no limit. */
  readonly maxPerClient: number;
  /** What counts as one client. */
  readonly clientOf: (address: string | undefined) => string;
  /** A connection was closed because of a limit. */
  readonly onLimited: (limit: "connections" | "connections_per_client") => void;
}

/** Closes connections of a server that are too many, at once. Must be called before the server listens. */
export function limitConnections(server: Server, { max, maxPerClient, clientOf, onLimited }: ConnectionLimits): void {
  server.maxConnections = max;
  server.on("drop", () => onLimited("connections"));
  if (!Number.isFinite(maxPerClient)) return;
  const open = new Map<string, number>();
  // Before any other listener: nobody else is told of a connection that is closed.
  server.prependListener("connection", (socket: Socket) => {
    const client = clientOf(socket.remoteAddress);
    const connections = (open.get(client) ?? 0) + 1;
    if (connections > maxPerClient) {
      onLimited("connections_per_client");
      socket.destroy();
      return;
    }
    open.set(client, connections);
    socket.once("close", () => {
      const left = open.get(client)! - 1;
      if (left === 0) open.delete(client);
      else open.set(client, left);
    });
  });
}
