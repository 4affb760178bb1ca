/**
 * A project with Realtime, as far as the client uses it: the WebSocket of https://supabase.com/docs/guides/realtime/protocol
 * and one function. The local stack has no Realtime.
 */

/** `[join reference, reference, topic, event, payload]` */
type Message = [string | null, string | null, string, string, Record<string, any>];

export interface RealtimeServer extends AsyncDisposable {
  readonly url: string;
  /** Which changes the client asks for, once it has joined. */
  readonly joined: Promise<{ bindings: unknown; options: unknown; token: unknown }>;
  /** Answers the next joins with an error. */
  refuse(): void;
  /** Reports a change of the table to every channel. */
  report(table: string): void;
  /** Resolves when no channel is left. */
  readonly left: Promise<void>;
}

/** @param answer Of the function, at each call */
export function startRealtimeServer(answer: () => unknown): RealtimeServer {
  const joined = Promise.withResolvers<{ bindings: unknown; options: unknown; token: unknown }>();
  const left = Promise.withResolvers<void>();
  const channels = new Map<string, { socket: WebSocket; joinReference: string }>();
  let refuses = false;

  function receive(socket: WebSocket, [joinReference, reference, topic, event, payload]: Message) {
    const send = (message: Message) => socket.send(JSON.stringify(message));
    const reply = (status: "ok" | "error", response: object = {}) =>
      send([joinReference, reference, topic, "phx_reply", { status, response }]);

    if (event === "phx_join" && refuses) return reply("error", { reason: "RealtimeDisabledForConfiguration" });
    if (event === "phx_join") {
      const { postgres_changes: bindings, postgres_changes_options: options } = payload.config;
      channels.set(topic, { socket, joinReference: joinReference! });
      joined.resolve({ bindings, options, token: payload.access_token });
      return reply("ok", { postgres_changes: bindings.map((binding: object, id: number) => ({ id, ...binding })) });
    }
    if (event === "phx_leave") {
      channels.delete(topic);
      if (channels.size === 0) left.resolve();
    }
    reply("ok");
  }

  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/realtime/v1/websocket") return Response.json(answer());
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => receive(socket, JSON.parse(data));
    return response;
  });

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    joined: joined.promise,
    left: left.promise,
    refuse: () => void (refuses = true),
    report(table) {
      for (const [topic, { socket, joinReference }] of channels) {
        const data = {
          type: "INSERT",
          schema: "public",
          table,
          commit_timestamp: "",
          columns: [],
          record: {},
          errors: null,
        };
        socket.send(JSON.stringify([joinReference, null, topic, "postgres_changes", { ids: [0], data }]));
      }
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
