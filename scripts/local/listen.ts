import { LOOPBACK } from "./ports.ts";

/** How long an answer under way may take when the server closes, in milliseconds. */
const PATIENCE = 500;

export type Handler = (request: Request) => Response | Promise<Response>;

export interface Server {
  readonly url: string;
  readonly port: number;
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
      const timer = setTimeout(() => closing.abort(), PATIENCE);
      await server.shutdown();
      await server.finished;
      clearTimeout(timer);
    },
  };
}
