export interface SignedEvent {
  readonly body: string;
  /** For the header `stripe-signature`. */
  readonly signature: string;
}

/** The requests of a measurement: one kind, with varying paths, tokens and events. */
export interface RequestSpec {
  readonly method: "GET" | "POST";
  /** Cycled through, like the tokens: different numbers of paths and tokens give many different requests. */
  readonly paths: readonly string[];
  /** Session tokens; empty: none is sent. */
  readonly tokens: readonly string[];
  /** JSON, the same in each request; default: none. */
  readonly body?: string;
  /** Signed events, cycled through, as the bodies. */
  readonly events?: readonly SignedEvent[];
  /** The status that every answer must have. */
  readonly status: number;
}

export interface LoadJob {
  readonly requests: RequestSpec;
  /** The server's URL. */
  readonly url: string;
  /** Connections, each with one request at a time. */
  readonly concurrency: number;
  /** The number of the first request, which selects its path and token. */
  readonly first: number;
  /** The maximum number of requests … */
  readonly count: number;
  /** … and the seconds after which no request is started. */
  readonly seconds: number;
}

/** The result of a job. */
export interface LoadResult {
  readonly count: number;
  readonly seconds: number;
  /** Percentiles of the response time, in milliseconds. */
  readonly p50: number;
  readonly p95: number;
}
