import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { http1App, http2App, type Proxied, proxied } from "../support/proxied.ts";

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: string;
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  let trailers: IncomingHttpHeaders = {};
  stream.on("trailers", (received: IncomingHttpHeaders) => {
    trailers = received;
  });
  if (body !== undefined) stream.end(body);
  const [received] = (await once(stream, "response")) as [IncomingHttpHeaders];
  return { headers: received, body: await text(stream), trailers };
}

async function withSession<Result>(
  front: Proxied,
  use: (session: ClientHttp2Session) => Promise<Result>,
): Promise<Result> {
  const session = connect(front.url);
  session.on("error", () => undefined);
  try {
    return await use(session);
  } finally {
    session.destroy();
  }
}

describe("the proxy for HTTP/2 in plain text", () => {
  test("passes headers, bodies and trailers on, and says who asked", async () => {
    let seen: unknown;
    const app = await http2App((stream, headers) => {
      let trailers: unknown;
      stream.on("trailers", (received) => {
        trailers = Object.fromEntries(Object.entries(received));
      });
      stream.respond({ ":status": 201, "x-one": "a", "set-cookie": ["b=1", "c=2"] }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "9" }));
      void text(stream).then((body) => {
        seen = [
          headers[":method"],
          headers[":path"],
          headers[":authority"],
          headers["x-forwarded-for"],
          body,
          trailers,
        ];
        stream.end(`echo ${body}`);
      });
    });
    await using front = await proxied(app);
    const answer = await withSession(front, async (session) => {
      const stream = session.request(
        { ":method": "POST", ":path": "/users/42?x", ":authority": "shop.example" },
        { waitForTrailers: true },
      );
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-check": "7" }));
      let trailers: IncomingHttpHeaders = {};
      stream.on("trailers", (received: IncomingHttpHeaders) => {
        trailers = received;
      });
      stream.end("hello");
      const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders];
      return { headers, body: await text(stream), trailers };
    });
    expect(seen).toEqual(["POST", "/users/42?x", "shop.example", "127.0.0.1", "hello", { "x-check": "7" }]);
    expect(answer).toMatchObject({
      headers: { ":status": 201, "x-one": "a", "set-cookie": ["b=1", "c=2"] },
      body: "echo hello",
      trailers: { "x-sum": "9" },
    });
    expect(front.counted).toEqual(["POST /users/:id"]);
  });

  test("carries many streams at once on one connection, and each counts once", async () => {
    const app = await http2App((stream, headers) => {
      stream.respond({ ":status": 200 });
      setImmediate(() => stream.end(headers[":path"]));
    });
    await using front = await proxied(app);
    const paths = Array.from({ length: 300 }, (_, at) => `/p${at}x`);
    const bodies = await withSession(front, (session) =>
      Promise.all(paths.map(async (path) => (await ask(session, { ":path": path })).body)),
    );
    expect(bodies).toEqual(paths);
    expect([...front.counted].sort()).toEqual(paths.map((path) => `GET ${path}`).sort());
  });

  test("speaks HTTP/1.1 and HTTP/2 on one port, to an application that does both by their start", async () => {
    const one = await http1App((_, response) => response.end("one"));
    await using front = await proxied(one);
    expect(await (await fetch(front.url)).text()).toBe("one");
    // The application speaks HTTP/1.1 only.
    const answer = await withSession(front, (session) => ask(session, { ":path": "/a" }));
    expect([answer.headers[":status"], answer.body]).toEqual([502, "The application could not be reached.\n"]);
    expect(front.counted).toEqual(["GET /", "GET /a"]);
  });

  test("streams as it comes", async () => {
    const app = await http2App((stream) => {
      stream.respond({ ":status": 200 });
      stream.on("data", (chunk) => stream.write(chunk));
      stream.on("end", () => stream.end());
    });
    await using front = await proxied(app);
    await withSession(front, async (session) => {
      const stream = session.request({ ":method": "POST", ":path": "/" });
      await once(stream, "response");
      for (const word of ["one", "two"]) {
        stream.write(word);
        const [chunk] = (await once(stream, "data")) as [Buffer];
        expect(chunk.toString()).toBe(word);
      }
      stream.end();
      stream.resume();
      await once(stream, "end");
    });
  });

  test("reads no faster from the application than the client takes it", async () => {
    const all = 64 * 1024 * 1024;
    let written = 0;
    let onStall: () => void = () => undefined;
    const stalled = new Promise<void>((resolve) => {
      onStall = resolve;
    });
    const app = await http2App((stream) => {
      stream.respond({ ":status": 200 });
      const block = Buffer.alloc(65_536);
      let timer: NodeJS.Timeout | undefined;
      const pump = (): void => {
        clearTimeout(timer);
        while (written < all) {
          written += block.length;
          if (stream.write(block)) continue;
          timer = setTimeout(onStall, 500);
          return;
        }
        stream.end();
      };
      stream.on("drain", pump);
      pump();
    });
    await using front = await proxied(app);
    await withSession(front, async (session) => {
      const stream = session.request({ ":path": "/" });
      await once(stream, "response");
      await stalled;
      expect(written).toBeLessThan(all / 2);
      let read = 0;
      for await (const chunk of stream) read += (chunk as Buffer).length;
      expect(read).toBe(all);
    });
  });

  test("cancels at the application what the client cancelled", async () => {
    let onCancel: (code: number) => void = () => undefined;
    const cancelled = new Promise<number>((resolve) => {
      onCancel = resolve;
    });
    const app = await http2App((stream) => {
      stream.respond({ ":status": 200 });
      stream.on("close", () => onCancel(stream.rstCode));
    });
    await using front = await proxied(app);
    await withSession(front, async (session) => {
      const stream = session.request({ ":path": "/watch" });
      await once(stream, "response");
      stream.close(constants.NGHTTP2_CANCEL);
      expect(await cancelled).toBe(constants.NGHTTP2_CANCEL);
    });
    expect(front.counted).toEqual(["GET /watch"]);
  });

  test.each([
    ["before its answer", false, constants.NGHTTP2_REFUSED_STREAM],
    ["in its answer", true, constants.NGHTTP2_INTERNAL_ERROR],
  ])("passes on a reset of the application %s", async (_, responds, code) => {
    const app = await http2App((stream) => {
      if (responds) {
        stream.respond({ ":status": 200 });
        stream.write("half");
      }
      // Node's \`close\` ends the body in good order first, so it is \`destroy\` that breaks it.
      setImmediate(() => (responds ? stream.destroy(new Error("broken")) : stream.close(code)));
    });
    await using front = await proxied(app);
    await withSession(front, async (session) => {
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => undefined);
      stream.resume();
      await new Promise((resolve) => stream.once("close", resolve));
      expect(stream.rstCode).toBe(code);
    });
  });

  test("answers 502 for an application that is away and 504 for one that takes too long", async () => {
    const app = await http2App(() => undefined);
    await using front = await proxied(app, { responseTimeoutMs: 50 });
    const late = await withSession(front, (session) => ask(session, { ":path": "/late" }));
    expect(late.headers[":status"]).toBe(504);
    await using away = await proxied(1);
    const gone = await withSession(away, (session) => ask(session, { ":path": "/gone" }));
    expect(gone.headers[":status"]).toBe(502);
    expect([front.counted, away.counted]).toEqual([["GET /late"], ["GET /gone"]]);
  });

  test("connects anew to an application that was started anew", async () => {
    const first = await http2App((stream) => {
      stream.respond({ ":status": 200 });
      stream.end("first");
    });
    await using front = await proxied(first);
    const sessions = new Set<{ destroy(): void }>();
    first.on("session", (session) => sessions.add(session));
    await withSession(front, async (session) => {
      expect((await ask(session, { ":path": "/" })).body).toBe("first");
      first.close();
      for (const open of sessions) open.destroy();
      await once(first, "close");
      const second = await http2App((stream) => {
        stream.respond({ ":status": 200 });
        stream.end("second");
      }, front.appPort);
      expect((await ask(session, { ":path": "/" })).body).toBe("second");
      second.close();
    });
  });

  test("draining lets streams end, takes no new ones, and ends the connection", async () => {
    let finish: () => void = () => undefined;
    let onReached: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      onReached = resolve;
    });
    const app = await http2App((stream) => {
      stream.respond({ ":status": 200 });
      finish = () => stream.end("done");
      onReached();
    });
    const front = await proxied(app);
    await withSession(front, async (session) => {
      const answer = ask(session, { ":path": "/" });
      await reached;
      const goaway = once(session, "goaway");
      const drained = front.proxy.drain(10_000);
      await goaway;
      finish();
      expect((await answer).body).toBe("done");
      expect(await drained).toBe(true);
    });
    app.close();
  });
});
