import { type Counting, countingOf } from "./counting.ts";
import type { Observer } from "./observer.ts";
import { type AnyServer, observeUpgrades } from "./server-events.ts";

/** An adapter of a framework that is served over HTTP. */
export interface HttpCounting extends Counting {
  /**
   * Counts the upgrades (WebSocket) and CONNECTs of the framework's server too: Node hands them to listeners of the server, past the
   * framework. Their paths have no template, so ids in them become `:id`. Returns the server.
   */
  upgrades<S extends AnyServer>(server: S): S;
}

export function httpCountingOf(observer: Observer): HttpCounting {
  return {
    ...countingOf(observer),
    upgrades(server) {
      try {
        observeUpgrades(observer, server);
      } catch (error) {
        observer.failed(error);
      }
      return server;
    },
  };
}
