export interface LoggedRequest {
  method: string;
  path: string;
  query: string;
  idempotency_key: string | null;
  /** Null while the request is in progress and after its connection was dropped. */
  status: number | null;
}

const MOST_REQUESTS = 10_000;

/** The latest requests, oldest first. */
export class RequestLog {
  #requests: LoggedRequest[] = [];

  add(request: LoggedRequest): LoggedRequest {
    if (this.#requests.length >= 2 * MOST_REQUESTS) this.#requests = this.latest();
    this.#requests.push(request);
    return request;
  }

  latest(): LoggedRequest[] {
    return this.#requests.slice(-MOST_REQUESTS);
  }

  clear(): void {
    this.#requests = [];
  }
}
