import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { CountService, file_count_v1_count } from "@count/proto";
import { type ClientDuplexStream, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { describe, expect, test } from "@jest/globals";
import type { GrpcServer } from "../../src/rpc/grpc-server.ts";
import { reflectionServices } from "../../src/rpc/reflection.ts";
import { Wire } from "./grpc-server-support.ts";

interface Answer {
  readonly listServicesResponse?: { service: { name: string }[] };
  readonly fileDescriptorResponse?: { fileDescriptorProto: Buffer[] };
  readonly errorResponse?: { errorCode: number; errorMessage: string };
}

const protoFolder = join(
  dirname(createRequire(import.meta.url).resolve("@grpc/reflection/package.json")),
  "build/proto/grpc/reflection",
);

/** A reflection client over a real connection, as grpcurl is one: each question gets one answer. */
function reflect(net: Wire, server: GrpcServer, version: "v1" | "v1alpha") {
  const loaded = loadPackageDefinition(loadSync(join(protoFolder, version, "reflection.proto"), { oneofs: true }));
  const { service } = (
    loaded as unknown as {
      grpc: {
        reflection: Record<
          string,
          {
            ServerReflection: {
              service: Record<
                string,
                {
                  path: string;
                  requestSerialize: (value: object) => Buffer;
                  responseDeserialize: (bytes: Buffer) => Answer;
                }
              >;
            };
          }
        >;
      };
    }
  ).grpc.reflection[version]!.ServerReflection;
  const info = service["ServerReflectionInfo"]!;
  const call: ClientDuplexStream<object, Answer> = net
    .client(server)
    .makeBidiStreamRequest(info.path, info.requestSerialize, info.responseDeserialize);
  return {
    call,
    ask: async (question: object): Promise<Answer> => {
      call.write(question);
      return ((await once(call, "data")) as [Answer])[0];
    },
  };
}

const decode = (answer: Answer): FileDescriptorProto[] =>
  (answer.fileDescriptorResponse?.fileDescriptorProto ?? []).map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );

describe.each(["v1", "v1alpha"] as const)("server reflection %s", (version) => {
  test("lists the services and gives the files of the protocol with all that they import, under their own names", async () => {
    await using net = new Wire();
    const server = await net.serve({ services: reflectionServices([file_count_v1_count]) });
    const { ask, call } = reflect(net, server, version);
    const { listServicesResponse } = await ask({ listServices: "*" });
    expect(listServicesResponse?.service.map(({ name }) => name)).toEqual([
      "count.v1.CountService",
      "grpc.health.v1.Health",
    ]);

    const files = decode(await ask({ fileContainingSymbol: "count.v1.CountService" }));
    expect(files.map(({ name }) => name).sort()).toEqual([
      "count/v1/count.proto",
      "google/protobuf/timestamp.proto",
      "google/type/date.proto",
    ]);
    // What grpcurl does with them: every import is found, every type resolved.
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: order(files) }));
    const described = registry.getService("count.v1.CountService");
    expect(described?.methods.map((method) => `${method.name} ${method.input.typeName} ${method.methodKind}`)).toEqual(
      CountService.methods.map((method) => `${method.name} ${method.input.typeName} ${method.methodKind}`),
    );
    expect(registry.getEnum("count.v1.Method")?.values).toHaveLength(12);

    expect(decode(await ask({ fileByFilename: "google/type/date.proto" })).map(({ name }) => name)).toEqual([
      "google/type/date.proto",
    ]);
    const [health] = decode(await ask({ fileContainingSymbol: "grpc.health.v1.Health.Check" }));
    // protoc's name, which protobufjs does not give by itself: grpcurl refuses the file without it.
    const list = health?.messageType.find((message) => message.name === "HealthListResponse");
    expect([list?.field[0]?.typeName, list?.nestedType[0]?.name]).toEqual(["StatusesEntry", "StatusesEntry"]);
    expect((await ask({ fileContainingSymbol: "count.v1.Nothing" })).errorResponse).toEqual({
      errorCode: 5,
      errorMessage: "Symbol not found: count.v1.Nothing",
    });
    call.end();
    await once(call, "end");
  });

  test("holds up no draining server", async () => {
    await using net = new Wire();
    const server = await net.serve({ services: reflectionServices([file_count_v1_count]) });
    const { ask, call } = reflect(net, server, version);
    await ask({ listServices: "*" });
    call.resume();
    expect(await server.drain(10_000)).toBe(true);
  });
});

/** Imports before those who import them, as a file set is expected to be. */
function order(files: FileDescriptorProto[]): FileDescriptorProto[] {
  const sorted: FileDescriptorProto[] = [];
  const visit = (file: FileDescriptorProto) => {
    if (sorted.includes(file)) return;
    for (const name of file.dependency) {
      const imported = files.find((other) => other.name === name);
      if (imported === undefined) throw new Error(`${name} is missing`);
      visit(imported);
    }
    sorted.push(file);
  };
  files.forEach(visit);
  return sorted;
}
