/** A fault-injecting proxy before the database, for the transport that the test runs with. */
import { TRANSPORT } from "../../../scripts/testbed/client.ts";
import { createFaults, type Fault, startFaultProxy } from "./fault_proxy.ts";

/** The calls that claim events, and those that record what was fetched; one does both. */
export const CLAIM = /\/(claim_events|record_and_claim)$/;
export const RECORD = /\/(record_fetches|record_and_claim)$/;

export type DatabaseProxy = ReturnType<typeof startDatabaseProxy>;

/** Requests are named `/rpc/<SQL function>`. It forwards to a stack that is started with its variables. */
export const startDatabaseProxy = () => TRANSPORT === "data_api" ? beforeDataApi() : beforePostgres();

type Target = { url: string; server_url: string };

function beforeDataApi() {
  const proxy = startFaultProxy();
  return { ...proxy, env: { SUPABASE_URL: proxy.url }, forwardTo: ({ url }: Target) => proxy.forwardTo(url) };
}

/** Understands as much of PostgreSQL's protocol as the driver uses: https://www.postgresql.org/docs/current/protocol-message-formats.html */
function beforePostgres() {
  const { take, next, requests } = createFaults();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const serving = new Set<Promise<void>>();
  let target: URL | undefined;

  async function accept() {
    for await (const client of listener) {
      const served = serve(client).finally(() => serving.delete(served));
      serving.add(served);
    }
  }

  async function serve(client: Deno.Conn) {
    open.add(client);
    const { hostname = "", port = "", pathname = "" } = target ?? {};
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(server);
    const close = () => [client, server].forEach((connection) => open.delete(connection) && connection.close());
    /** The fault of the query in progress. */
    let fault: Fault | undefined;

    async function sendQueries() {
      const names = new Map<string, string>();
      let name = "";
      let query: Uint8Array[] = [];
      for await (const { type, bytes } of messagesOf(client, withDatabase(pathname.slice(1)))) {
        const [statement = "", text = ""] = type === "P" ? stringsOf(bytes) : stringsOf(bytes).slice(1);
        if (type === "P") names.set(statement, text.match(/from public\.(\w+)\(/)?.[1] ?? "");
        if (type === "B") name = names.get(statement) ?? "";
        if (!/^[PBDES]$/.test(type)) {
          await write(server, bytes);
          continue;
        }
        query.push(bytes);
        if (type !== "S") continue;
        fault = take(`/rpc/${name}`);
        await fault?.before?.();
        await write(server, ...query);
        query = [];
      }
    }

    async function sendAnswers() {
      let answer: Uint8Array[] = [];
      for await (const { type, bytes } of messagesOf(server)) {
        answer.push(bytes);
        if (fault?.after !== undefined && type !== "Z") continue;
        await fault?.after?.();
        if (type === "Z") fault = undefined;
        await write(client, ...answer);
        answer = [];
      }
    }

    // A fault cuts the connection, and so does the end of either side.
    await Promise.race([sendQueries(), sendAnswers()].map((sent) => sent.catch(() => {}))).finally(close);
  }

  const accepting = accept().catch(() => {});
  return {
    env: { DATABASE_URL: `postgres://billing_server:billing_server@127.0.0.1:${listener.addr.port}/stack` },
    forwardTo: ({ server_url }: Target) => void (target = new URL(server_url)),
    next,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      open.forEach((connection) => connection.close());
      open.clear();
      await Promise.all([accepting, ...serving]);
    },
  };
}

interface Message {
  /** Empty for the first message of a client. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** @param change Changes the first message, which has no type. */
async function* messagesOf(
  connection: Deno.Conn,
  change?: (startup: Uint8Array) => Uint8Array,
): AsyncGenerator<Message> {
  let received = new Uint8Array();
  let isFirst = change !== undefined;
  const chunk = new Uint8Array(65_536);
  for (let size = await connection.read(chunk); size !== null; size = await connection.read(chunk)) {
    const joined = new Uint8Array(received.length + size);
    joined.set(received);
    joined.set(chunk.subarray(0, size), received.length);
    received = joined;
    for (;;) {
      const at = isFirst ? 0 : 1;
      if (received.length < at + 4) break;
      const length = at + new DataView(received.buffer, received.byteOffset).getUint32(at);
      if (received.length < length) break;
      const bytes = received.slice(0, length);
      received = received.slice(length);
      yield isFirst && change ? { type: "", bytes: change(bytes) } : { type: String.fromCharCode(bytes[0]!), bytes };
      isFirst = false;
    }
  }
}

/** Names the stack's database, which is not known when its functions get their connection string. */
const withDatabase = (name: string) => (startup: Uint8Array): Uint8Array => {
  const text = new TextDecoder().decode(startup.subarray(8)).replace(/\0database\0[^\0]*\0/, `\0database\0${name}\0`);
  const parameters = new TextEncoder().encode(text);
  const changed = new Uint8Array(8 + parameters.length);
  changed.set(startup.subarray(0, 8));
  changed.set(parameters, 8);
  new DataView(changed.buffer).setUint32(0, changed.length);
  return changed;
};

/** The first two texts of a message. */
const stringsOf = (bytes: Uint8Array): string[] =>
  new TextDecoder().decode(bytes.subarray(5, 2_000)).split("\0").slice(0, 2);

async function write(connection: Deno.Conn, ...parts: Uint8Array[]) {
  for (const part of parts) {
    for (let written = 0; written < part.length;) written += await connection.write(part.subarray(written));
  }
}
