import { LOOPBACK } from "./ports.ts";

export type Handler = (request: Request) => Response | Promise<Response>;

export interface Server {
  readonly url: string;
  readonly port: number;
  /** Drops the requests in progress. */
  close(): Promise<void>;
}

/** Serves on loopback only. @param port 0 takes any free one */
export function listen(port: number, handler: Handler): Server {
  const closing = new AbortController();
  const server = Deno.serve({
    hostname: LOOPBACK,
    port,
    signal: closing.signal,
    onListen() {},
    onError(error) {
      console.error(error);
      return Response.json({ message: "Internal server error" }, { status: 500 });
    },
  }, handler);
  return {
    url: `http://${LOOPBACK}:${server.addr.port}`,
    port: server.addr.port,
    async close() {
      closing.abort();
      await server.finished;
    },
  };
}
