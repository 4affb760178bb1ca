/** A proxy in front of a service that records requests and injects faults. */

export interface Fault {
  /** The end of a path, or a pattern. */
  path: string | RegExp;
  /** Runs before the request is forwarded. */
  before?: () => unknown;
  /** Runs after the service answered, before the answer is returned. */
  after?: () => unknown;
  /** Changes the answer. */
  change?: (answer: Response) => Response | Promise<Response>;
}

/** Forwards every request to a service that is set later, because a stack needs the proxy's URL when it starts. */
export function startFaultProxy() {
  const { take, next, requests } = createFaults();
  let service = "";

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, onError: answerTo }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const fault = take(pathname);
    await fault?.before?.();
    const { method } = request;
    const headers = new Headers(request.headers);
    headers.set("accept-encoding", "identity");
    const body = method === "GET" ? undefined : await request.arrayBuffer();
    const given = await fetch(service + pathname + search, { method, headers, body });
    const response = await fault?.change?.(given) ?? given;
    const answer = await response.arrayBuffer();
    await fault?.after?.();
    return new Response(answer.byteLength > 0 ? answer : null, { status: response.status, headers: response.headers });
  });

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    forwardTo: (url: string) => void (service = url),
    next,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The requests of a proxy and the faults of its next ones. */
export function createFaults() {
  const requests: string[] = [];
  const faults: Fault[] = [];
  return {
    /** Records a request. @returns Its fault */
    take(pathname: string): Fault | undefined {
      requests.push(pathname);
      const expected = faults.findIndex(({ path }) =>
        typeof path === "string" ? pathname.endsWith(path) : path.test(pathname)
      );
      return expected < 0 ? undefined : faults.splice(expected, 1)[0];
    },
    /** Injects a fault into the next request to a path with this end, or to one that matches. */
    next: (path: string | RegExp, fault: Omit<Fault, "path">) => void faults.push({ path, ...fault }),
    /** The last path segments of the requests since the last call. */
    requests: () => requests.splice(0).map((path) => path.slice(path.lastIndexOf("/") + 1)),
  };
}

class Unavailable extends Error {}

/** A fault that makes the service answer 503. */
export function unavailable(): never {
  throw new Unavailable();
}

function answerTo(error: unknown): Response {
  if (error instanceof Unavailable) return Response.json({ code: "PGRST002", message: "Gone" }, { status: 503 });
  // The process that sent the request was killed meanwhile.
  if (!(error instanceof Deno.errors.BadResource)) console.error(error);
  return new Response(null, { status: 500 });
}
