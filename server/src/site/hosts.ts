/**
 * Whether a Host header names this machine by a name that no stranger can give it.
 *
 * A page of any site may have its own name lead to 127.0.0.1 once it is loaded (DNS rebinding), and then counts as of the
 * same origin as what listens there. Such a request has the stranger's name in its Host header.
 */
export function isLocalHost(host: string | undefined): boolean {
  if (host === undefined) return true;
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host);
}
