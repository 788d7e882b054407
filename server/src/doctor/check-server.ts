import { countService } from "@count/proto";
import { type Client, Metadata, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import type { CountError } from "../domain/count-error.ts";
import { type Finding, type FindingId, ok, skipped, warning, wrong } from "./finding.ts";

/** A server as a doctor sees it. Its owner closes the client. */
export interface ServerToCheck {
  /** As it was given: `count:7777`. */
  readonly server: string;
  readonly client: Client;
  /** What a failed call means, with the server's name. */
  readonly explain: (error: Error) => CountError;
}

/** proto-loader's shape of `grpc.health.v1.HealthCheckResponse`. */
interface HealthAnswer {
  readonly status: string | number;
}

const SERVING: readonly unknown[] = ["SERVING", 1];

/** Whether a server answers, is ready, and takes both kinds of counts. Nothing is counted: its streams end without a message. */
export async function checkServer(target: ServerToCheck, limitMs: number, signal: AbortSignal): Promise<Finding[]> {
  const health = await checkHealth(target, limitMs, signal);
  if (!health.answers) return [health.finding, ...notAsked("the server does not answer")];
  const add = await checkStream(target, "server.add", "Add", limitMs, signal);
  if (add === "unknown caller") {
    const next = "Name a file with a token that the server knows by --token-file, or show a certificate.";
    const says = `${target.server} asks who calls, and does not know who does`;
    return [health.finding, wrong("server.token", says, next), ...notAsked("the server does not know who calls")];
  }
  const record = await checkStream(target, "server.record", "Record", limitMs, signal);
  return [health.finding, add, ...(record === "unknown caller" ? [] : [record])];
}

function notAsked(why: string): Finding[] {
  return [skipped("server.add", `not asked: ${why}`), skipped("server.record", `not asked: ${why}`)];
}

interface Health {
  readonly finding: Finding;
  /** Whether there is somebody to ask more. */
  readonly answers: boolean;
}

async function checkHealth(target: ServerToCheck, limitMs: number, signal: AbortSignal): Promise<Health> {
  const id = "server.health";
  const { server, explain } = target;
  try {
    const { status: serving } = await askHealth(target, limitMs, signal);
    if (SERVING.includes(serving)) return { finding: ok(id, `${server} is ready`), answers: true };
    const next = "Ask its HTTP port why: GET /readyz tells the reasons.";
    return { finding: wrong(id, `${server} runs and is not ready`, next), answers: true };
  } catch (error) {
    if ((error as ServiceError).code === status.UNIMPLEMENTED) {
      const says = `${server} has no health service`;
      return { finding: warning(id, says, "Update the server: the original Count has none."), answers: true };
    }
    const [says = "", next = "Look at the server's log."] = explain(error as Error).message.split("\n", 2);
    return { finding: wrong(id, says, next), answers: false };
  }
}

function askHealth({ client }: ServerToCheck, limitMs: number, signal: AbortSignal): Promise<HealthAnswer> {
  const check = healthService["Check"] as MethodDefinition<object, HealthAnswer>;
  const { path, requestSerialize, responseDeserialize } = check;
  const request = { service: "count.v1.CountService" };
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + limitMs };
    const done = (error: ServiceError | null, answer?: HealthAnswer): void =>
      answer === undefined ? reject(error ?? new Error("no answer")) : resolve(answer);
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      options,
      done,
    );
    signal.addEventListener("abort", () => call.cancel(), { once: true });
  });
}

/** Opens a stream and ends it: who takes the call answers it. */
async function checkStream(
  { server, client, explain }: ServerToCheck,
  id: FindingId,
  name: "Add" | "Record",
  limitMs: number,
  signal: AbortSignal,
): Promise<Finding | "unknown caller"> {
  try {
    await (name === "Add" ? endAdd(client, limitMs, signal) : endRecord(client, limitMs, signal));
    return ok(id, `${name} is available`);
  } catch (error) {
    const { code } = error as ServiceError;
    if (code === status.UNAUTHENTICATED) return "unknown caller";
    if (code === status.PERMISSION_DENIED) return ok(id, `${name} is available, to callers with the scope record`);
    if (code === status.UNIMPLEMENTED) {
      const next =
        name === "Record"
          ? "Update the server: without Record, what a stream that broke had stored is not known."
          : "Name a Count server: this is another one, or a proxy that does not route count.v1.CountService.";
      return wrong(id, `${server} has no ${name}`, next);
    }
    const [says = "", next = "Look at the server's log."] = explain(error as Error).message.split("\n", 2);
    return wrong(id, `${name} fails: ${says}`, next);
  }
}

function endAdd(client: Client, limitMs: number, signal: AbortSignal): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = countService.add;
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + limitMs };
    const done = (error: ServiceError | null): void => (error ? reject(error) : resolve());
    const call = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      options,
      done,
    );
    signal.addEventListener("abort", () => call.cancel(), { once: true });
    call.end();
  });
}

function endRecord(client: Client, limitMs: number, signal: AbortSignal): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = countService.record;
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + limitMs };
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), options);
    signal.addEventListener("abort", () => call.cancel(), { once: true });
    call.on("error", reject);
    call.on("end", resolve);
    call.resume();
    call.end();
  });
}
