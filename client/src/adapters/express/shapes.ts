import type { IncomingMessage } from "node:http";

/** What is used of Express: of its requests, and of the router that it is made of, in the versions 4 and 5. */

export type Pattern = string | RegExp | readonly Pattern[];

export type Next = (error?: unknown) => void;

export interface ExpressRequest extends IncomingMessage {
  /** The concrete path of the mounts that led here, `/api/acme` for `/api/:org`. */
  readonly baseUrl?: string;
  /** The concrete path within the router. */
  readonly path?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly app?: ExpressApp;
}

/** What a router holds: a route, a mounted router or a middleware. */
export interface Layer {
  readonly route?: { readonly path: Pattern } | undefined;
  /** Where it is mounted; since router 2.3. */
  readonly rawPath?: Pattern;
  match: (path: string) => unknown;
}

export interface LayerPrototype extends Layer {
  readonly constructor: new (path: Pattern, options: object, handle: () => void) => Layer;
  /** Express 4. */
  handle_request?: HandleLayer;
  /** Express 5. */
  handleRequest?: HandleLayer;
}

export type HandleLayer = (this: Layer, request: ExpressRequest, response: unknown, next: Next) => unknown;

export interface RouterPrototype {
  use: (this: Router, ...args: unknown[]) => unknown;
  handle: (this: Router, request: ExpressRequest, response: unknown, done: Next) => unknown;
}

export interface Router extends RouterPrototype {
  readonly stack: readonly Layer[];
}

export interface ExpressApp {
  /** Express 4. */
  readonly _router?: Router;
  /** Express 5; Express 4 throws. */
  readonly router?: Router;
}
