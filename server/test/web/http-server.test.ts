import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { formatAddress } from "../../src/config/address.ts";
import { CountError } from "../../src/domain/count-error.ts";
import { type HttpServer, startHttpServer } from "../../src/web/http-server.ts";
import { routes } from "../../src/web/routes.ts";

const address = { host: "127.0.0.1", port: 0 };
const registry = { metrics: async () => "count_ready 1\n", contentType: "text/plain; version=0.0.4" };

async function withServer(
  use: (
    server: HttpServer,
    ask: (path: string, method?: string) => Promise<{ status: number; type: string | null; body: string }>,
  ) => Promise<void>,
  options: { reasons?: readonly string[]; errors?: unknown[]; metrics?: () => Promise<string> } = {},
): Promise<void> {
  const server = await startHttpServer({
    address,
    routes: routes({
      unreadyReasons: () => options.reasons ?? [],
      registry: { ...registry, metrics: options.metrics ?? registry.metrics },
    }),
    onError: (error) => options.errors?.push(error),
  });
  try {
    await use(server, async (path, method = "GET") => {
      const response = await fetch(`http://${formatAddress(server.address)}${path}`, { method });
      return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
    });
  } finally {
    await server.close(0);
  }
}

const JSON_TYPE = "application/json; charset=utf-8";

describe("the HTTP server", () => {
  test("is alive whatever is away, ready when nothing is in the way, and shows metrics", () =>
    withServer(async (_server, ask) => {
      expect(await ask("/healthz")).toEqual({ status: 200, type: JSON_TYPE, body: '{"status":"alive"}\n' });
      expect(await ask("/readyz?verbose")).toEqual({ status: 200, type: JSON_TYPE, body: '{"status":"ready"}\n' });
      expect(await ask("/metrics")).toEqual({ status: 200, type: registry.contentType, body: "count_ready 1\n" });
    }));

  test("says why it is not ready", () =>
    withServer(
      async (_server, ask) => {
        expect(await ask("/readyz")).toEqual({
          status: 503,
          type: JSON_TYPE,
          body: '{"status":"not ready","reasons":["the database does not answer","Count is stopping"]}\n',
        });
        expect((await ask("/healthz")).status).toBe(200);
      },
      { reasons: ["the database does not answer", "Count is stopping"] },
    ));

  test("answers HEAD without a body, other methods with 405, and other paths with what there is", () =>
    withServer(async (server, ask) => {
      const head = await fetch(`http://${formatAddress(server.address)}/healthz`, { method: "HEAD" });
      expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "19", ""]);
      expect(await ask("/healthz", "DELETE")).toEqual({
        status: 405,
        type: JSON_TYPE,
        body: '{"error":"DELETE is not GET or HEAD"}\n',
      });
      expect(await ask("/metrics/../nothing")).toEqual({
        status: 404,
        type: JSON_TYPE,
        body: '{"error":"there is no /nothing here","paths":["/healthz","/readyz","/metrics"]}\n',
      });
    }));

  test("keeps the reason of its own faults from the client", async () => {
    const errors: unknown[] = [];
    const fault = new Error("secret");
    await withServer(
      async (_server, ask) => {
        expect(await ask("/metrics")).toEqual({ status: 500, type: JSON_TYPE, body: '{"error":"internal error"}\n' });
      },
      { errors, metrics: () => Promise.reject(fault) },
    );
    expect(errors).toEqual([fault]);
  });

  test("refuses what is not HTTP and headers that are too large, and goes on", () =>
    withServer(async (server, ask) => {
      for (const [bytes, answer] of [
        ["\0\0\0 nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"],
        [
          `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
          "HTTP/1.1 431 Request Header Fields Too Large",
        ],
      ] as const) {
        const socket = connect(server.address.port, "127.0.0.1");
        socket.write(bytes);
        const [first] = (await once(socket, "data")) as [Buffer];
        expect(first.toString().split("\r\n")[0]).toBe(answer);
        socket.destroy();
      }
      expect((await ask("/healthz")).status).toBe(200);
    }));

  test("says which address is in use", () =>
    withServer(async (server) => {
      await expect(
        startHttpServer({ address: server.address, routes: new Map(), onError: () => undefined }),
      ).rejects.toEqual(
        new CountError(
          "unavailable",
          `${formatAddress(server.address)} is in use by another program, perhaps another Count: stop it, or choose another address`,
        ),
      );
    }));

  test("closes connections that send nothing once its limit is over", async () => {
    const server = await startHttpServer({ address, routes: new Map(), onError: () => undefined });
    const socket = connect(server.address.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write("GET / HT");
    const closed = once(socket, "close");
    const closing = server.close(20);
    expect(server.close(1_000)).toBe(closing);
    await closing;
    await closed;
  });
});
