/** A way to a service that a test watches, and where it can make things go wrong. */

interface Mishap {
  path: string;
  /** Before the service is asked. */
  before?: () => unknown;
  /** After the service took effect. */
  after?: () => unknown;
}

export type Doorway = ReturnType<typeof openDoorway>;

/** Hands every request on to a service that is named later: functions are told of the doorway when their stack starts. */
export function openDoorway() {
  const passed: string[] = [];
  const mishaps: Mishap[] = [];
  let service = "";

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, onError: answerFor }, async (request) => {
    const { pathname, search } = new URL(request.url);
    passed.push(pathname);
    const expected = mishaps.findIndex(({ path }) => pathname.endsWith(path));
    const [mishap] = expected < 0 ? [] : mishaps.splice(expected, 1);

    await mishap?.before?.();
    const { method } = request;
    const headers = new Headers(request.headers);
    headers.set("accept-encoding", "identity");
    const body = method === "GET" ? undefined : await request.arrayBuffer();
    const response = await fetch(service + pathname + search, { method, headers, body });
    const answer = await response.arrayBuffer();
    await mishap?.after?.();
    return new Response(answer.byteLength > 0 ? answer : null, { status: response.status, headers: response.headers });
  });

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    leadTo: (url: string) => void (service = url),
    /** What the next request to this path meets. */
    next: (path: string, mishap: Omit<Mishap, "path">) => void mishaps.push({ path, ...mishap }),
    /** The last parts of the paths that were asked for since the last time. */
    passed: () => passed.splice(0).map((path) => path.slice(path.lastIndexOf("/") + 1)),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

class Lost extends Error {}

/** What a mishap does to make the service answer 503. */
export function gone(): never {
  throw new Lost();
}

function answerFor(error: unknown): Response {
  if (error instanceof Lost) return Response.json({ code: "PGRST002", message: "Gone" }, { status: 503 });
  // Whoever asked was killed meanwhile: there is nobody to answer.
  if (!(error instanceof Deno.errors.BadResource)) console.error(error);
  return new Response(null, { status: 500 });
}
