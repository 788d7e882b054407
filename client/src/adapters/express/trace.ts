import { mountTemplate, templateOf } from "./mount-pattern.ts";
import type { ExpressRequest, Layer, Next } from "./shapes.ts";

/** A router that a request is in. */
interface Place {
  /** Its template, and its concrete path. */
  readonly template: string;
  readonly concrete: string;
}

/**
 * The way of one request through the routers of Express. `req.baseUrl` is concrete, and `req.route` stays when a route passes the
 * request on, so neither tells the template.
 */
export class Trace {
  #place: Place;
  /** The template of the layer that the request is in. */
  #mount: string;
  /** The template of the route that has the request. */
  #route: string | undefined;

  constructor(concrete: string) {
    this.#place = { template: concrete, concrete };
    this.#mount = concrete;
  }

  /** The request enters a router; `done` takes it out again. */
  enterRouter(request: ExpressRequest, done: Next): Next {
    const outer = this.#place;
    this.#place = { template: this.#mount, concrete: request.baseUrl ?? "" };
    return (error) => {
      this.#place = outer;
      done(error);
    };
  }

  /** The request enters a layer of the present router; `next` hands it to the next one. */
  enterLayer(layer: Layer, request: ExpressRequest, next: Next): Next {
    const { template, concrete } = this.#place;
    const { route } = layer;
    if (route === undefined) {
      const removed = (request.baseUrl ?? "").slice(concrete.length);
      this.#mount = removed === "" ? template : template + mountTemplate(layer, removed, request.params ?? {});
      return next;
    }
    const before = this.#route;
    this.#route = template + templateOf(layer, route.path, request.path ?? "", true);
    return (error) => {
      // An error is the route's own.
      if (!error || error === "route" || error === "router") this.#route = before;
      next(error);
    };
  }

  /** The template by now. A middleware that answers, in place of a route, has all that is below its mount. */
  template(status: number): string | undefined {
    if (this.#route !== undefined) return this.#route || "/";
    return status === 404 ? undefined : `${this.#mount}/*`;
  }
}
