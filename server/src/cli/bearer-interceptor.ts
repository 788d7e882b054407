import { InterceptingCall, type Interceptor } from "@grpc/grpc-js";

/** Sends a token along with every call: grpc-js takes call credentials over TLS only, and a laptop's server has none. */
export function bearerInterceptor(token: string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, listener, next) => {
        metadata.set("authorization", `Bearer ${token}`);
        next(metadata, listener);
      },
    });
}
