import type { DescMessage, DescMethod, DescService, MessageShape } from "@bufbuild/protobuf";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

/**
 * A codec for one message type.
 *
 * grpc-js fails with "13 INTERNAL: Failed to write message" on a plain Uint8Array, so the bytes are wrapped in a Buffer
 * over the same memory.
 */
function codec<Desc extends DescMessage>(schema: Desc) {
  return {
    serialize: (message: MessageShape<Desc>): Buffer => {
      const bytes = toBinary(schema, message);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    deserialize: (bytes: Buffer): MessageShape<Desc> => fromBinary(schema, bytes),
  };
}

function methodDefinition(method: DescMethod): MethodDefinition<object, object> {
  const request = codec(method.input);
  const response = codec(method.output);
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    requestSerialize: request.serialize as (message: object) => Buffer,
    requestDeserialize: request.deserialize,
    responseSerialize: response.serialize as (message: object) => Buffer,
    responseDeserialize: response.deserialize,
    originalName: method.localName,
  };
}

/** The grpc-js service definition of a service that protoc-gen-es generated, with its methods by their local names. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.localName, methodDefinition(method)]));
}
