import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { runProgram } from "./program.ts";

export interface Secret {
  readonly type: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly data: Readonly<Record<string, string>>;
}

/** Stands in for the part of the Kubernetes API that has Secrets: POST, and GET of one. */
export class SecretsApi implements AsyncDisposable {
  readonly secrets = new Map<string, Secret>();
  /** The method and path of every call. */
  readonly calls: string[] = [];
  /** Calls after this many are answered with 500, as by an API server that goes away. */
  answers = Number.POSITIVE_INFINITY;
  readonly #server;

  private constructor(key: Buffer, cert: Buffer) {
    this.#server = createServer({ key, cert }, (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const { status, answer } = this.#answer(
          request.method ?? "",
          request.url ?? "",
          request.headers.authorization,
          body,
        );
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    });
  }

  /** @param folder gets what is mounted into the pod: token, namespace and ca.crt */
  static async start(folder: string): Promise<SecretsApi> {
    const [key, cert] = [join(folder, "api.key"), join(folder, "ca.crt")];
    const name = ["-subj", "/CN=api", "-addext", "subjectAltName=IP:127.0.0.1"];
    const { code, stderr } = await runProgram("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      ...name,
      "-keyout",
      key,
      "-out",
      cert,
    ]);
    if (code !== 0) throw new Error(stderr);
    const api = new SecretsApi(readFileSync(key), readFileSync(cert));
    api.#server.listen(0, "127.0.0.1");
    await once(api.#server, "listening");
    return api;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(
    method: string,
    url: string,
    authorization: string | undefined,
    body: string,
  ): { status: number; answer: unknown } {
    this.calls.push(`${method} ${url}`);
    if (this.calls.length > this.answers) return { status: 500, answer: { message: "going away" } };
    if (authorization !== "Bearer the-token") return { status: 401, answer: { message: "Unauthorized" } };
    const folder = "/api/v1/namespaces/apis/secrets";
    if (method === "POST" && url === folder) {
      const secret = JSON.parse(body) as Secret;
      if (this.secrets.has(secret.metadata.name)) return { status: 409, answer: { message: "already exists" } };
      this.secrets.set(secret.metadata.name, secret);
      return { status: 201, answer: secret };
    }
    const found = method === "GET" ? this.secrets.get(url.slice(folder.length + 1)) : undefined;
    return found === undefined ? { status: 404, answer: { message: "not found" } } : { status: 200, answer: found };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
