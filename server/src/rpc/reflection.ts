import type { DescFile } from "@bufbuild/protobuf";
import { toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { handleBidiStreamingCall, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import type { GrpcService } from "./grpc-service.ts";
import { healthFile } from "./health-descriptor.ts";
import { OpenCalls } from "./open-calls.ts";

/** Both versions of the reflection service (grpc.reflection.v1 and v1alpha), which describe `files`, what they import, and the health service. */
export function reflectionServices(files: readonly DescFile[]): GrpcService[] {
  const services: GrpcService[] = [];
  new ReflectionService(described([...withImports(files), healthFile()])).addToServer({
    addService: (definition, implementation) => {
      services.push(endable(definition, implementation));
    },
  });
  return services;
}

/**
 * The descriptors in the form that the reflection service takes, one entry for each file.
 *
 * They are not sent through proto-loader: it merges the files of a package into one with a name of its own, so that
 * `count/v1/count.proto` could not be asked for. The reflection service reads nothing but `fileDescriptorProtos`.
 */
function described(files: readonly FileDescriptorProto[]): PackageDefinition {
  return Object.fromEntries(
    files.map((file) => [
      file.name,
      {
        format: "Protocol Buffer 3 EnumDescriptorProto",
        type: {},
        fileDescriptorProtos: [Buffer.from(toBinary(FileDescriptorProtoSchema, file))],
      },
    ]),
  );
}

function withImports(files: readonly DescFile[]): FileDescriptorProto[] {
  const all = new Set<DescFile>();
  const collect = (file: DescFile) => {
    if (all.has(file)) return;
    all.add(file);
    file.dependencies.forEach(collect);
  };
  files.forEach(collect);
  return [...all].map(({ proto }) => proto);
}

function endable(definition: ServiceDefinition, implementation: UntypedServiceImplementation): GrpcService {
  const calls = new OpenCalls();
  const info = implementation["ServerReflectionInfo"] as handleBidiStreamingCall<unknown, unknown>;
  return {
    definition,
    implementation: {
      ServerReflectionInfo: (call: Parameters<typeof info>[0]) => {
        calls.add(call);
        info(call);
      },
    },
    end: () => calls.end(),
  };
}
