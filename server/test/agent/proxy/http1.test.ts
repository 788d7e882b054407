import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { http1App, proxied, rawly, rawSocket, reads } from "../support/proxied.ts";

describe("the proxy for HTTP/1.1", () => {
  test("passes requests and responses on as they are, and says who asked", async () => {
    const app = await http1App((request, response) => {
      response.sendDate = false;
      response.writeHead(418, "Short and stout", ["X-One", "a", "x-one", "b", "Content-Length", "2"]);
      response.end(request.method === "HEAD" ? undefined : "ok");
      seen = request.rawHeaders;
    });
    await using front = await proxied(app);
    let seen: string[] = [];
    const answer = await rawly(
      front.port,
      "PUT /users/42?token=x HTTP/1.1\r\nHost: shop.example\r\nX-Two: c\r\nx-two: d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toBe(
      "HTTP/1.1 418 Short and stout\r\nX-One: a\r\nx-one: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    );
    expect(seen).toEqual([
      ...["Host", "shop.example", "X-Two", "c", "x-two", "d", "Content-Length", "0"],
      ...["X-Forwarded-For", "127.0.0.1", "X-Forwarded-Proto", "http", "X-Forwarded-Host", "shop.example"],
      ...["Connection", "keep-alive"],
    ]);
    expect(front.counted).toEqual(["PUT /users/:id"]);
  });

  test("keeps what is between two hops between them, and adds itself to who forwarded", async () => {
    let seen: string[] = [];
    const app = await http1App((request, response) => {
      seen = request.rawHeaders;
      response.writeHead(200, {
        Connection: "X-Mine, keep-alive",
        "X-Mine": "1",
        "X-Yours": "2",
        "Proxy-Connection": "x",
      });
      response.end();
    });
    await using front = await proxied(app);
    const answer = await rawly(
      front.port,
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n" +
        "Connection: close, X-Secret\r\nX-Secret: s\r\nKeep-Alive: timeout=9\r\nTE: gzip\r\nProxy-Connection: keep-alive\r\n\r\n",
    );
    expect(seen).toEqual([
      ...["Host", "a", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "b"],
      ...["X-Forwarded-For", "10.0.0.9, 127.0.0.1", "Connection", "keep-alive"],
    ]);
    expect(answer).toContain("X-Yours: 2\r\n");
    expect(answer).not.toContain("X-Mine");
    expect(answer).not.toContain("Proxy-Connection");
  });

  test("keeps every way of telling where a body ends", async () => {
    const lengths: (string | undefined)[] = [];
    const app = await http1App((request, response) => {
      lengths.push(request.headers["content-length"] ?? request.headers["transfer-encoding"]);
      void text(request).then((body) => response.end(`${request.method ?? ""} ${body}`));
    });
    await using front = await proxied(app);
    const chunked = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    const send = async (head: string): Promise<string> =>
      (await rawly(front.port, head.replace("HTTP/1.1\r\n", "HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"))).split(
        "\r\n\r\n",
      )[1]!;
    expect([
      await send("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
      await send(`POST / HTTP/1.1\r\n${chunked}`),
      await send(`GET / HTTP/1.1\r\n${chunked}`),
      await send("POST / HTTP/1.1\r\n\r\n"),
      await send("DELETE / HTTP/1.1\r\n\r\n"),
    ]).toEqual(["POST abc", "POST abc", "GET abc", "POST ", "DELETE "].map((body) => expect.stringContaining(body)));
    expect(lengths).toEqual(["3", "chunked", "chunked", "0", undefined]);
  });

  test("passes trailers on, both ways", async () => {
    let trailers: NodeJS.Dict<string> = {};
    const app = await http1App((request, response) => {
      request.resume().on("end", () => {
        trailers = request.trailers;
        response.writeHead(200, { Trailer: "X-Sum" });
        response.write("body");
        response.addTrailers({ "X-Sum": "4" });
        response.end();
      });
    });
    await using front = await proxied(app);
    const answer = await rawly(
      front.port,
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Check: 7\r\n\r\n",
    );
    expect(trailers).toEqual({ "x-check": "7" });
    expect(answer.endsWith("4\r\nbody\r\n0\r\nX-Sum: 4\r\n\r\n")).toBe(true);
  });

  test("answers HEAD with the length of what it does not send", async () => {
    const app = await http1App((_, response) => response.writeHead(200, { "Content-Length": "1234" }).end());
    await using front = await proxied(app);
    const answer = await rawly(front.port, "HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toContain("Content-Length: 1234\r\n");
    expect(answer.endsWith("\r\n\r\n")).toBe(true);
    expect(front.counted).toEqual(["HEAD /a"]);
  });

  test("lets the application decide on 100-continue before the body is sent", async () => {
    const app = await http1App((_, response) => response.end("unexpected"));
    app.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === "/no") {
        response.writeHead(413, { Connection: "close" }).end("too large");
        return;
      }
      response.writeContinue();
      void text(request).then((body) => response.end(body));
    });
    await using front = await proxied(app);
    const yes = await rawSocket(front.port);
    yes.write(
      "POST /yes HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n",
    );
    await reads(yes, "HTTP/1.1 100 Continue\r\n\r\n");
    yes.write("body");
    expect(await reads(yes, "body")).toContain("HTTP/1.1 200 OK");
    const no = await rawSocket(front.port);
    no.write("POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
    const refused = await reads(no, "too large");
    expect(refused).toContain("HTTP/1.1 413 Payload Too Large");
    expect(refused).not.toContain("100 Continue");
    yes.destroy();
    no.destroy();
  });

  test("streams both ways as it comes: what was sent arrives before there is more", async () => {
    const app = await http1App((request, response) => {
      response.flushHeaders();
      request.on("data", (chunk) => response.write(chunk));
      request.on("end", () => response.end());
    });
    await using front = await proxied(app);
    const request = httpRequest(`${front.url}/echo`, { method: "POST" });
    request.flushHeaders();
    // The head comes although there is no body yet.
    const [response] = (await once(request, "response")) as [IncomingMessage];
    for (const word of ["one", "two", "three"]) {
      request.write(word);
      const [chunk] = (await once(response, "data")) as [Buffer];
      expect(chunk.toString()).toBe(word);
    }
    request.end();
    await once(response, "end");
  });

  test("reads no faster than the other side takes it", async () => {
    const sent = 64 * 1024 * 1024;
    let arrived: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
    const reached = new Promise<[IncomingMessage, ServerResponse]>((resolve) => {
      arrived = (request, response) => resolve([request, response]);
    });
    const app = await http1App((request, response) => {
      request.pause();
      arrived(request, response);
    });
    await using front = await proxied(app);
    const request = httpRequest(front.url, { method: "POST", headers: { "Content-Length": sent } });
    const block = randomBytes(1024 * 1024);
    let written = 0;
    let stalled: () => void = () => undefined;
    const stall = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    const pump = async (): Promise<void> => {
      while (written < sent) {
        written += block.length;
        if (request.write(block)) continue;
        const timer = setTimeout(stalled, 500);
        await once(request, "drain");
        clearTimeout(timer);
      }
      request.end();
    };
    const pumping = pump();
    const [received, response] = await reached;
    await stall;
    // What the system's buffers and the streams' hold, and not what there is.
    expect(written).toBeLessThan(sent / 2);
    const body = await buffer(received);
    await pumping;
    expect(body.length).toBe(sent);
    response.end();
    await once(request, "response");
  });

  test("cancels at the application what the client gave up, and counts it", async () => {
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<void>((resolve) => {
      onAbort = resolve;
    });
    let onReached: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      onReached = resolve;
    });
    const app = await http1App((request) => {
      request.on("error", () => undefined);
      request.on("close", onAbort);
      onReached();
    });
    await using front = await proxied(app);
    const socket = await rawSocket(front.port);
    socket.write("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    await reached;
    socket.destroy();
    await aborted;
    expect(front.counted).toEqual(["GET /slow"]);
    expect(front.failed).toEqual([]);
  });

  test("never makes a response look complete that was not", async () => {
    const app = await http1App((_, response) => {
      response.write("half");
      setImmediate(() => response.socket?.destroy());
    });
    await using front = await proxied(app);
    const answer = await rawly(front.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").catch(String);
    expect(answer).not.toContain("\r\n0\r\n\r\n");
  });

  test("passes on a body that ends with its connection, as HTTP/1.0 servers send it", async () => {
    const app = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold but gold"));
    }).listen(0, "127.0.0.1");
    await once(app, "listening");
    await using front = await proxied((app.address() as { port: number }).port);
    const response = await fetch(front.url);
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      ...[200, "text/plain", "old but gold"],
    ]);
    app.close();
  });

  test("answers 502 for an application that is away, and counts the request", async () => {
    const app = await http1App(() => undefined);
    await using front = await proxied(app);
    app.close();
    await once(app, "close");
    const response = await fetch(`${front.url}/a`, { method: "POST", body: "body" });
    expect([response.status, await response.text()]).toEqual([502, "The application could not be reached.\n"]);
    expect(front.counted).toEqual(["POST /a"]);
    expect(front.failed).toEqual([502]);
  });

  test("answers 504 for an application that takes too long, and counts the request", async () => {
    const app = await http1App(() => undefined);
    await using front = await proxied(app, { responseTimeoutMs: 50 });
    const response = await fetch(`${front.url}/a`);
    expect([response.status, await response.text()]).toEqual([504, "The application did not answer in time.\n"]);
    expect(front.counted).toEqual(["GET /a"]);
    expect(front.failed).toEqual([504]);
  });

  test("uses connections to the application again, and has no more of them than it may", async () => {
    const sockets = new Set<unknown>();
    const app = await http1App((request, response) => {
      sockets.add(request.socket);
      setImmediate(() => response.end("ok"));
    });
    await using front = await proxied(app, { maxUpstreamConnections: 2 });
    const agent = new Agent({ keepAlive: true, maxSockets: 10 });
    const get = async (): Promise<string> => {
      const request = httpRequest(front.url, { agent }).end();
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return text(response);
    };
    const answers = await Promise.all(Array.from({ length: 40 }, get));
    agent.destroy();
    expect(answers).toEqual(Array.from({ length: 40 }, () => "ok"));
    expect(sockets.size).toBe(2);
  });

  test("repeats what may be repeated when a kept connection turns out to be closed", async () => {
    let connections = 0;
    // Answers the first request of a connection, and closes it when the second comes.
    const app = createServer((socket) => {
      connections++;
      let requests = 0;
      socket.on("error", () => undefined);
      socket.on("data", () => {
        if (++requests === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        else socket.resetAndDestroy();
      });
    }).listen(0, "127.0.0.1");
    await once(app, "listening");
    await using front = await proxied((app.address() as { port: number }).port);
    const statuses: number[] = [];
    for (const method of ["GET", "GET", "DELETE", "POST"]) {
      const response = await fetch(front.url, { method });
      await response.text();
      statuses.push(response.status);
    }
    app.close();
    expect(statuses).toEqual([200, 200, 200, 502]);
    expect(connections).toBe(3);
    expect(front.counted).toEqual(["GET /", "GET /", "DELETE /", "POST /"]);
  });

  test("answers 400 to what is no request, and counts nothing", async () => {
    const app = await http1App((_, response) => response.end());
    await using front = await proxied(app);
    expect(await rawly(front.port, "hello\r\n\r\n")).toBe(
      "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    expect(
      await rawly(
        front.port,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
    expect(front.counted).toEqual([]);
  });

  test("takes requests for a connection to somewhere else for what they are", async () => {
    const app = await http1App((_, response) => response.end());
    await using front = await proxied(app);
    expect(await rawly(front.port, "CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 501 /,
    );
    expect(front.counted).toEqual(["CONNECT (unmatched)"]);
  });

  test("counts targets in every form under their path", async () => {
    const app = await http1App((_, response) => response.end());
    await using front = await proxied(app);
    for (const line of [
      "OPTIONS * HTTP/1.1",
      "GET http://a/users/7?b HTTP/1.1",
      `GET /${"x".repeat(2_000)} HTTP/1.1`,
    ]) {
      await rawly(front.port, `${line}\r\nHost: a\r\nConnection: close\r\n\r\n`);
    }
    expect(front.counted).toEqual(["OPTIONS (unmatched)", "GET /users/:id", "GET (unmatched)"]);
  });

  test("is left with nothing by clients that hang up at any moment, and counts each request that it passed on once", async () => {
    const open = new Set<unknown>();
    let reached = 0;
    const app = await http1App((request, response) => {
      open.add(response);
      if (request.method === "POST") reached++;
      request.on("error", () => undefined).resume();
      response.on("close", () => open.delete(response));
      response.write("x".repeat(100_000));
      setImmediate(() => response.end());
    });
    await using front = await proxied(app);
    const head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n";
    const hangUp = async (at: number): Promise<void> => {
      const socket = await rawSocket(front.port);
      socket.on("error", () => undefined);
      socket.write(head);
      if (at % 3 === 0) socket.write("y".repeat((at * 997) % 50_000));
      // A turn of the event loop more for each, so that they leave at every stage.
      for (let turns = at % 40; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      if (at % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    };
    await Promise.all(Array.from({ length: 200 }, (_, at) => hangUp(at)));
    // It serves on.
    expect((await (await fetch(front.url)).text()).length).toBe(100_000);
    expect(await front.proxy.drain(5_000)).toBe(true);
    while (open.size > 0) await new Promise((resolve) => setImmediate(resolve));
    const counted = front.counted.filter((name) => name === "POST /a").length;
    // Some were gone before the proxy had read them, and some before it had a connection for them.
    expect(counted).toBeLessThanOrEqual(200);
    expect(reached).toBeGreaterThan(0);
    expect(reached).toBeLessThanOrEqual(counted);
    expect(front.failed.filter((status) => status !== 400)).toEqual([]);
  });

  test("has no more clients than it may: further connections are closed at once, and the others go on", async () => {
    const app = await http1App((_request, response) => response.end("ok"));
    await using front = await proxied(app, { maxConnections: 2 });
    const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const first = await rawSocket(front.port);
    const second = await rawSocket(front.port);
    for (const socket of [first, second]) {
      socket.write(request);
      await reads(socket, "ok");
    }
    const third = await rawSocket(front.port);
    third.on("error", () => undefined);
    await once(third.resume(), "close");
    first.write(request);
    await reads(first, "ok");
    first.destroy();
    second.destroy();
    expect(front.counted).toEqual(["GET /", "GET /", "GET /"]);
  });

  test("draining ends idle connections, waits for what is under way, and cuts off what does not end", async () => {
    const responses: ServerResponse[] = [];
    let onReached: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      onReached = resolve;
    });
    const app = await http1App((_, response) => {
      responses.push(response);
      onReached();
    });
    const front = await proxied(app);
    const idle = await rawSocket(front.port);
    const busy = await rawSocket(front.port);
    busy.write("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n");
    await reached;
    const drained = front.proxy.drain(10_000);
    idle.resume();
    await once(idle, "close");
    const refused = connect(front.port, "127.0.0.1");
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
    responses[0]!.end("done");
    expect(await reads(busy, "done")).toContain("Connection: close");
    expect(await drained).toBe(true);

    await using second = await proxied(app);
    const stuck = await rawSocket(second.port);
    stuck.write("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
    stuck.on("error", () => undefined);
    while (responses.length < 2) await new Promise((resolve) => setImmediate(resolve));
    stuck.resume();
    expect(await second.proxy.drain(50)).toBe(false);
    app.closeAllConnections();
    app.close();
  });
});
