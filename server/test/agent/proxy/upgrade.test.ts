import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { http1App, proxied, rawly, rawSocket, reads } from "../support/proxied.ts";

describe("the proxy for upgrades", () => {
  test("passes a WebSocket through, in both directions and to its end", async () => {
    const app = await http1App((_, response) => response.writeHead(426).end());
    const sockets = new WebSocketServer({ server: app });
    let seen: unknown;
    sockets.on("connection", (socket, request) => {
      seen = [request.url, request.headers["x-forwarded-for"]];
      socket.send("welcome");
      socket.on("message", (data: RawData, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on("close", (code) => closed(code));
    });
    let closed: (code: number) => void = () => undefined;
    const closing = new Promise<number>((resolve) => {
      closed = resolve;
    });
    await using front = await proxied(app);
    const client = new WebSocket(`ws://127.0.0.1:${front.port}/chat/42`);
    const welcome = once(client, "message");
    await once(client, "open");
    expect(String((await welcome)[0])).toBe("welcome");
    const big = Buffer.alloc(3_000_000, 7);
    client.send(big);
    const [echo] = (await once(client, "message")) as [Buffer];
    expect(big.equals(echo)).toBe(true);
    client.close(4_001, "enough");
    expect(await closing).toBe(4_001);
    expect(seen).toEqual(["/chat/42", "127.0.0.1"]);
    expect(front.counted).toEqual(["GET /chat/:id"]);
    sockets.close();
  });

  test("tells each side when the other is gone", async () => {
    const app = await http1App((_, response) => response.end());
    let atApp: Duplex | undefined;
    app.on("upgrade", (_, socket: Duplex) => {
      atApp = socket;
      socket.on("error", () => undefined);
      socket.on("end", () => socket.end());
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n");
    });
    await using front = await proxied(app);
    for (const gone of ["client", "application"]) {
      const socket = await rawSocket(front.port);
      socket.on("error", () => undefined);
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n");
      expect(await reads(socket, "\r\n\r\n")).toBe(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n",
      );
      const other = gone === "client" ? atApp! : socket;
      other.resume();
      const closed = once(other, "close");
      (gone === "client" ? socket : atApp!).destroy();
      await closed;
    }
  });

  test("passes on what comes right behind the request, and what a side says last", async () => {
    const app = await http1App((_, response) => response.end());
    app.on("upgrade", (_, socket: Duplex, head: Buffer) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\nhello ");
      let all = head.toString();
      socket.on("data", (chunk: Buffer) => {
        all += chunk.toString();
      });
      socket.on("end", () => socket.end(`you said ${all}`));
    });
    await using front = await proxied(app);
    const socket = await rawSocket(front.port);
    socket.end("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\nearly");
    expect(await text(socket)).toMatch(/\r\n\r\nhello you said early$/);
  });

  test("passes on the answer of an application that does not switch", async () => {
    const app = await http1App((_, response) => response.end());
    app.on("upgrade", (_, socket: Duplex) => {
      socket.end("HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n");
    });
    await using front = await proxied(app);
    const answer = await rawly(
      front.port,
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    expect(answer).toBe("HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nConnection: close\r\n\r\nnope");
    expect(front.counted).toEqual(["GET /ws"]);
  });

  test("answers 502 for an application that is away, and counts the request", async () => {
    const app = await http1App(() => undefined);
    await using front = await proxied(app);
    app.close();
    await once(app, "close");
    const answer = await rawly(
      front.port,
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
    expect(front.counted).toEqual(["GET /ws"]);
    expect(front.failed).toEqual([502]);
  });

  test("answers 504 for an application that does not say whether it switches", async () => {
    const app = await http1App((_, response) => response.end());
    app.on("upgrade", (_, socket: Duplex) => socket.on("error", () => undefined));
    await using front = await proxied(app, { responseTimeoutMs: 50 });
    const answer = await rawly(
      front.port,
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/);
  });

  test("takes an offer of h2c, as Java's client makes it, for a plain request with its body", async () => {
    const app = await http1App((request, response) => {
      void text(request).then((body) => response.end(`${request.headers.upgrade ?? "plain"} ${body}`));
    });
    await using front = await proxied(app);
    const offer = {
      Connection: "Upgrade, HTTP2-Settings",
      Upgrade: "h2c",
      "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA",
    };
    for (const body of ["", "body"]) {
      const request = httpRequest(`${front.url}/j`, {
        method: "POST",
        headers: { ...offer, "Content-Length": body.length },
      });
      request.end(body);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      expect(await text(response)).toBe(`plain ${body}`);
    }
    expect(front.counted).toEqual(["POST /j", "POST /j"]);
  });
});
