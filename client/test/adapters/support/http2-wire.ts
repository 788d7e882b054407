import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { text } from "node:stream/consumers";
import { type Broken, type BrokenAt, reads, type Seen, type Wire } from "./wire.ts";

/** HTTP/2 with prior knowledge, on one connection, but for what ends a connection. */
export class Http2Wire implements Wire {
  readonly #url: string;
  #session: Promise<ClientHttp2Session> | undefined;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`;
  }

  async send(method: string, path: string): Promise<Seen> {
    const stream = (await this.#kept()).request({ ":method": method, ":path": path });
    stream.end();
    const [response] = (await once(stream, "response")) as [Record<string, unknown>];
    const body = await text(stream);
    const headers = Object.entries(response).filter(([name]) => name !== ":status" && name !== "date");
    return { status: Number(response[":status"]), headers: headers.flat().map(String), body };
  }

  async sendTogether(path: string, times: number): Promise<void> {
    const seen = await Promise.all(Array.from({ length: times }, () => this.send("GET", path)));
    for (const { status } of seen) if (status !== 200) throw new Error(`${path} was answered with ${status}`);
  }

  /** One that is broken off in its answer takes its connection with it. */
  async begin(at: BrokenAt, path: string): Promise<Broken> {
    const session = at === "answer" ? await opened(this.#url) : await this.#kept();
    const isUpload = at === "body";
    const headers = { "content-type": "application/octet-stream", "content-length": "100" };
    const stream = session.request(
      { ":method": isUpload ? "POST" : "GET", ":path": path, ...(isUpload ? headers : {}) },
      { endStream: !isUpload },
    );
    stream.on("error", () => undefined);
    if (isUpload) stream.write("half");
    return {
      reads: (part) => reads(stream, part),
      hangUp: () => (at === "answer" ? session.destroy() : stream.close(constants.NGHTTP2_CANCEL)),
    };
  }

  /** RFC 8441. */
  async talk(path: string): Promise<string> {
    const session = await this.#kept();
    if (!session.remoteSettings.enableConnectProtocol) await once(session, "remoteSettings");
    const stream = session.request(
      { ":method": "CONNECT", ":protocol": "websocket", ":path": path, ":scheme": "http", ":authority": "a" },
      { endStream: false },
    );
    await once(stream, "response");
    stream.end("hello");
    return await text(stream);
  }

  close(): void {
    void this.#session?.then((session) => session.destroy());
  }

  #kept(): Promise<ClientHttp2Session> {
    this.#session ??= opened(this.#url);
    return this.#session;
  }
}

async function opened(url: string): Promise<ClientHttp2Session> {
  const session = connect(url);
  session.on("error", () => undefined);
  await once(session, "connect");
  return session;
}
