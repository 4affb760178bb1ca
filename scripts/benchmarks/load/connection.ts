import { contentLength, CRLF, latin1 } from "./http_head.ts";

/** Bytes that contain the head of every measured answer; the rest of the answer is not decoded. */
const MAX_HEAD = 2_048;

/** An answer's status, and the beginning of its body for error messages. */
export interface Answer {
  readonly status: number;
  readonly body: () => string;
}

/**
 * A keep-alive connection with one request at a time, and only the part of HTTP/1.1 that the measured servers use: the
 * client competes with the server for CPU time.
 */
export class Connection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(65_536);

  private constructor(connection: Deno.TcpConn) {
    connection.setNoDelay();
    this.#connection = connection;
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Connection(await Deno.connect({ hostname, port: Number(port) }));
  }

  /** @throws Error when the server closes the connection or answers without a length */
  async send(request: Uint8Array): Promise<Answer> {
    for (let sent = 0; sent < request.length;) sent += await this.#connection.write(request.subarray(sent));

    let filled = 0, headEnd = -1, head = "";
    while (headEnd < 0) {
      filled += await this.#read(filled);
      head = latin1.decode(this.#buffer.subarray(0, Math.min(filled, MAX_HEAD)));
      headEnd = head.indexOf(CRLF);
    }
    const status = Number(head.slice(9, 12));
    const end = headEnd + CRLF.length + lengthOf(head.slice(0, headEnd), status);
    const shown = head.slice(headEnd + CRLF.length);
    for (let left = end - filled; left > 0;) left -= await this.#read(0);
    return { status, body: () => shown };
  }

  async #read(offset: number): Promise<number> {
    const count = await this.#connection.read(this.#buffer.subarray(offset));
    if (count) return count;
    throw new Error("The server closed a connection in the middle of an answer");
  }

  [Symbol.dispose]() {
    this.#connection.close();
  }
}

function lengthOf(head: string, status: number): number {
  const length = contentLength(head);
  if (length !== undefined) return length;
  if (status === 204 || status === 304) return 0;
  throw new Error("The server answered without a content-length");
}
