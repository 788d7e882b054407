import type { Server } from "node:http";

/** How to close an HTTP server: it answers what is under way, for at most `limitMs`, and closes. Idempotent. */
export function closeWithin(server: Server): (limitMs: number) => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = (limitMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), limitMs);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      server.closeIdleConnections();
    });
  return (limitMs) => {
    closing ??= close(limitMs);
    return closing;
  };
}
