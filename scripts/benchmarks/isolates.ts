/**
 * Many isolates of the function in `BUNDLE`, in one process: each is an instance of the bundled module, with caches and
 * clients of its own, and calls the Data API over HTTP. `GET /calls` answers how often each address was called.
 */
const instances = Number(Deno.env.get("INSTANCES"));
const bundle = `file://${Deno.env.get("BUNDLE")}`;

const calls: Record<string, number> = {};
const send = fetch;
globalThis.fetch = (input, init) => {
  const { host, pathname } = new URL(input instanceof Request ? input.url : input);
  calls[host + pathname] = (calls[host + pathname] ?? 0) + 1;
  return send(input, init);
};

type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;
const isolates: Handler[] = [];
for (let n = 0; n < instances; n++) {
  const { default: instance } = await import(`${bundle}?isolate=${n}`);
  isolates.push(instance.fetch);
}

let received = 0;
export default {
  fetch(request: Request, info: Deno.ServeHandlerInfo): Response | Promise<Response> {
    if (new URL(request.url).pathname === "/calls") return Response.json(calls);
    // One further in each cycle, so that an isolate gets every request of a load that repeats itself.
    const isolate = (received + Math.floor(received / instances)) % instances;
    received++;
    return isolates[isolate]!(request, info);
  },
};
