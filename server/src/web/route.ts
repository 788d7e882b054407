/** What a route answers. */
export interface Answer {
  readonly status: number;
  /** Content-Type. */
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One path of the HTTP server, for GET and HEAD. */
export type Route = () => Answer | Promise<Answer>;
