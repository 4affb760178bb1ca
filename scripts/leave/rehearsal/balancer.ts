/** A balancer in front of the functions and the servers, as an operator would run it: it goes by who is ready. */
import { listen } from "../../lib/listen.ts";

export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Base URLs of the endpoints, the preferred one first. A request that one refuses with 503 goes to the next. */
  use(upstreams: readonly string[]): void;
}

export function startBalancer(): Balancer {
  let upstreams: readonly string[] = [];

  const server = listen(0, async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method } = request;
    const headers = new Headers(request.headers);
    headers.delete("host");
    const body = method === "GET" || method === "HEAD" ? undefined : await request.arrayBuffer();
    let last = new Response(null, { status: 502 });
    for (const upstream of upstreams) {
      try {
        const response = await fetch(`${upstream}${pathname}${search}`, { method, headers, body });
        // Read to its end, because the body of a refusal is not passed on.
        const bytes = await response.arrayBuffer();
        last = new Response(bytes.byteLength === 0 ? null : bytes, {
          status: response.status,
          headers: response.headers,
        });
      } catch {
        continue;
      }
      if (last.status !== 503) break;
    }
    return last;
  });
  return {
    url: server.url,
    use: (next) => void (upstreams = next),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
