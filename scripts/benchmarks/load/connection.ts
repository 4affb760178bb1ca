const CRLF = "\r\n\r\n";
const latin1 = new TextDecoder("latin1");
/** Bytes: no head of ours is longer, and the rest of an answer is not looked at. */
const LONGEST_HEAD = 2_048;

/** An answer's status, and the beginning of its body for whoever has to explain it. */
export interface Answer {
  readonly status: number;
  readonly said: () => string;
}

/**
 * One kept connection, one request at a time, and no more of HTTP/1.1 than our servers use: what a request costs the
 * client, the server cannot have.
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

    let filled = 0, body = -1, head = "";
    while (body < 0) {
      filled += await this.#read(filled);
      head = latin1.decode(this.#buffer.subarray(0, Math.min(filled, LONGEST_HEAD)));

      body = head.indexOf(CRLF);
    }
    const status = Number(head.slice(9, 12));
    const end = body + CRLF.length + lengthOf(head.slice(0, body), status);
    const shown = head.slice(body + CRLF.length);
    for (let left = end - filled; left > 0;) left -= await this.#read(0);
    return { status, said: () => shown };
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
  const [, length] = head.match(/\r\ncontent-length: *(\d+)/i) ?? [];
  if (length !== undefined) return Number(length);
  if (status === 204 || status === 304) return 0;
  throw new Error("The server answered without a content-length");
}
