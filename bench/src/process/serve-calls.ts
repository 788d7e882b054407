import { messageOf } from "../run/message-of.ts";
import type { AnswerMessage, CallMessage } from "./messages.ts";

export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/** In a forked process: answers the bench's calls until the bench is gone, which ends the process. */
export function serveCalls(handlers: Handlers): void {
  const send = (message: AnswerMessage): void => void process.send?.(message);
  process.on("message", (message) => {
    const { id, name, argument } = message as CallMessage;
    const answer = async (): Promise<unknown> => {
      const handler = handlers[name];
      if (handler === undefined) throw new RangeError(`there is no call "${name}"`);
      return await handler(argument as never);
    };
    answer().then(
      (result) => send({ id, result }),
      (error: unknown) => send({ id, error: messageOf(error) }),
    );
  });
  // Also when the bench was killed: nothing may be left behind.
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C reaches the whole group; the bench decides when its processes end.
  process.on("SIGINT", () => undefined);
}
