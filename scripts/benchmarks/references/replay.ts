/**
 * A caching proxy for `UPSTREAM`: it repeats the first answer to each request from memory. It competes for CPU time with
 * the server that is measured, so it has no HTTP server, and knows only the part of HTTP/1.1 that those servers send.
 */
import { LOOPBACK } from "../../lib/ports.ts";
import { contentLength, CRLF, latin1 } from "../load/http_head.ts";

const text = new TextEncoder();

/** The bytes of an answer before and after the date. */
interface Answer {
  readonly head: string;
  readonly body: Uint8Array;
}

const answers = new Map<string, Promise<Answer>>();

const listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
console.error(`deno serve: Listening on http://${LOOPBACK}:${listener.addr.port}/`);
for await (const connection of listener) {
  connection.setNoDelay();
  void serve(connection).catch(unlessEnded).finally(() => connection.close());
}

async function serve(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    let filled = 0, received = "", length: number | undefined;
    while (length === undefined || filled < length) {
      if (filled === buffer.length) throw new Error("A request is too large to be replayed");
      const count = await connection.read(buffer.subarray(filled));
      if (count === null) return;
      filled += count;
      received = latin1.decode(buffer.subarray(0, filled));
      length ??= lengthOf(received);
    }
    const headEnd = received.indexOf(CRLF);
    const key = received.slice(0, received.indexOf("\r\n")) + received.slice(headEnd);
    let answer = answers.get(key);
    if (answer === undefined) {
      const content = buffer.slice(headEnd + CRLF.length, filled);
      answers.set(key, answer = forward(received.slice(0, headEnd), content));
    }
    const { head, body } = await answer;
    await write(connection, text.encode(`${head}date: ${new Date().toUTCString()}${CRLF}`), body);
  }
}

/** A server that is ended breaks its connections. Any other error ends this process. */
function unlessEnded(error: unknown): void {
  if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe) return;
  throw error;
}

/** Bytes of the whole request; undefined while its head is not complete. */
function lengthOf(received: string): number | undefined {
  const headEnd = received.indexOf(CRLF);
  if (headEnd < 0) return undefined;
  return headEnd + CRLF.length + (contentLength(received.slice(0, headEnd)) ?? 0);
}

async function forward(head: string, content: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const [request = "", ...lines] = head.split("\r\n");
  const [method = "", path = ""] = request.split(" ");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  for (const name of ["host", "connection", "content-length", "accept-encoding"]) headers.delete(name);
  const body = content.length === 0 ? undefined : content;
  const response = await fetch(Deno.env.get("UPSTREAM") + path, { method, headers, body });
  const answered = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get("content-type") ?? "";
  return {
    head: `HTTP/1.1 ${response.status} Replayed\r\ncontent-type: ${type}\r\ncontent-length: ${answered.length}\r\n`,
    body: answered,
  };
}

async function write(connection: Deno.TcpConn, head: Uint8Array, body: Uint8Array): Promise<void> {
  const answer = new Uint8Array(head.length + body.length);
  answer.set(head);
  answer.set(body, head.length);
  for (let sent = 0; sent < answer.length;) sent += await connection.write(answer.subarray(sent));
}
