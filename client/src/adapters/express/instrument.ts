import { rememberMount } from "./mount-pattern.ts";
import type {
  ExpressApp,
  ExpressRequest,
  HandleLayer,
  Layer,
  LayerPrototype,
  Next,
  Router,
  RouterPrototype,
} from "./shapes.ts";
import { Trace } from "./trace.ts";

const TRACE = Symbol("count.trace");

type Traced = ExpressRequest & { [TRACE]?: Trace };

const instrumented = new WeakSet<object>();

/** The trace of a request; a new one where Express was not instrumented when the request arrived. */
export function traceOf(request: ExpressRequest): Trace {
  const traced: Traced = request;
  let trace = traced[TRACE];
  if (trace === undefined) {
    trace = new Trace(request.baseUrl ?? "");
    traced[TRACE] = trace;
  }
  return trace;
}

/**
 * Makes the copy of Express that an app comes from trace its requests: the app is asked and no package imported, so that it is the
 * host's copy, whichever version that is. Once for each copy. Must have something mounted.
 *
 * @param onFailure A trace failed; the request goes on without it.
 */
export function instrument(app: ExpressApp, onFailure: (error: unknown) => void): void {
  // Express 4 throws when it is asked for `router`.
  const router = app._router ?? app.router;
  const layer = router?.stack.at(-1);
  if (router === undefined || layer === undefined) return;
  instrumentRouter(ownerOf(router, "use") as RouterPrototype, onFailure);
  instrumentLayer(Object.getPrototypeOf(layer) as LayerPrototype, onFailure);
}

function instrumentRouter(prototype: RouterPrototype, onFailure: (error: unknown) => void): void {
  if (instrumented.has(prototype)) return;
  instrumented.add(prototype);
  const { use, handle } = prototype;
  prototype.use = function (this: Router, ...args) {
    const before = this.stack.length;
    const result = Reflect.apply(use, this, args);
    rememberMount(this.stack.slice(before), args);
    return result;
  };
  prototype.handle = function (this: Router, request, response, done) {
    let traced = done;
    try {
      traced = traceOf(request).enterRouter(request, done);
    } catch (error) {
      onFailure(error);
    }
    return Reflect.apply(handle, this, [request, response, traced]);
  };
}

function instrumentLayer(prototype: LayerPrototype, onFailure: (error: unknown) => void): void {
  if (instrumented.has(prototype)) return;
  instrumented.add(prototype);
  const name = prototype.handleRequest === undefined ? "handle_request" : "handleRequest";
  const handle = prototype[name];
  if (handle === undefined) return;
  const traced: HandleLayer = function (this: Layer, request, response, next) {
    let after: Next = next;
    try {
      const trace = (request as Traced)[TRACE];
      if (trace !== undefined) after = trace.enterLayer(this, request, next);
    } catch (error) {
      onFailure(error);
    }
    return Reflect.apply(handle, this, [request, response, after]);
  };
  prototype[name] = traced;
}

/** The object of the prototype chain that has a property of its own. */
function ownerOf(object: object, name: string): object {
  for (let at = object; ; at = Object.getPrototypeOf(at) as object) {
    if (Object.hasOwn(at, name)) return at;
  }
}
