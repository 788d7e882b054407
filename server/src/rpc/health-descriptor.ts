import { fromBinary } from "@bufbuild/protobuf";
import { type DescriptorProto, type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { loadSync } from "@grpc/proto-loader";
import { protoPath } from "grpc-health-check";

/**
 * The file that defines the standard health service.
 *
 * protobufjs, under proto-loader, names the entry message of a map after its field alone (`Statuses`). protoc names it
 * `StatusesEntry`, and Go's protobuf, and grpcurl with it, refuses the whole file when it is called anything else.
 */
export function healthFile(): FileDescriptorProto {
  const [bytes] = Object.values(loadSync(protoPath)).flatMap(({ fileDescriptorProtos: files }) =>
    Array.isArray(files) ? files : [],
  );
  if (bytes === undefined) throw new Error(`${protoPath} defines nothing`);
  const file = fromBinary(FileDescriptorProtoSchema, bytes);
  file.messageType.forEach(nameMapEntries);
  return file;
}

function nameMapEntries(message: DescriptorProto): void {
  for (const entry of message.nestedType) {
    nameMapEntries(entry);
    if (entry.options?.mapEntry !== true || entry.name.endsWith("Entry")) continue;
    const name = `${entry.name}Entry`;
    for (const field of message.field) if (field.typeName === entry.name) field.typeName = name;
    entry.name = name;
  }
}
