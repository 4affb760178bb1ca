export interface SignedEvent {
  readonly body: string;
  /** Of the header `stripe-signature`. */
  readonly signature: string;
}

/** What one measurement asks of a server: the same kind of request, as often as it says. */
export interface RequestSpec {
  readonly method: "GET" | "POST";
  /** Sent in turn, with the tokens in turn: of different numbers of both there are many different requests. */
  readonly paths: readonly string[];
  /** Session tokens; empty sends none. */
  readonly tokens: readonly string[];
  /** Signed events, sent in turn; none where the body is empty. */
  readonly events?: readonly SignedEvent[];
  /** What every answer has to be. */
  readonly status: number;
}

export interface LoadJob {
  readonly ask: RequestSpec;
  /** The server's address. */
  readonly url: string;
  /** Connections, each with one request at a time. */
  readonly concurrency: number;
  /** The number of the first request: which path and which token it gets. */
  readonly first: number;
  /** At most so many requests … */
  readonly count: number;
  /** … and none that would begin after so many seconds. */
  readonly seconds: number;
}

/** How a job went. */
export interface LoadResult {
  readonly count: number;
  readonly seconds: number;
  /** Milliseconds that half of the answers, and 95 of 100, took at most. */
  readonly p50: number;
  readonly p95: number;
}
