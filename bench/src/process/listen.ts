import { type Server, ServerCredentials } from "@grpc/grpc-js";

/** Makes a gRPC server listen on a port of the system's choice. @returns host:port */
export function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(`127.0.0.1:${port}`);
      else reject(error);
    });
  });
}
