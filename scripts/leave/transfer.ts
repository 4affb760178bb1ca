/**
 * COPY out of one connection into another: the rows as PostgreSQL writes them, without being parsed or kept.
 *
 * By the messages that `pg` passes on to a query object of its user. Streams for COPY, such as pg-copy-streams, read the
 * socket in paused mode, in which Deno's delivers nothing.
 */
import { Buffer } from "node:buffer";
import type { Connection } from "./connection.ts";

/** Bytes that are sent together; a row is one message of the source. */
const CHUNK = 64 * 1024;
/** Bytes that may wait for the target. */
const WAITING = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** What `pg` has beyond its types. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
  readonly stream: {
    readonly writableLength: number;
    write(bytes: Buffer, written: () => void): void;
    pause(): void;
    resume(): void;
  };
}

/**
 * @param from `copy … to stdout`
 * @param into `copy … from stdin`
 * @throws the error of either; both connections can be used again, unless they were lost
 */
export async function transfer(source: Connection, from: string, target: Connection, into: string): Promise<void> {
  const input = new CopyIn(into);
  target.query(input);
  const isReady = await input.ready;
  if (!isReady) return await input.done;

  const output = new CopyOut(from, input);
  source.query(output);
  try {
    await output.done;
  } catch (error) {
    input.fail();
    await input.done.catch(() => {});
    throw error;
  }
  input.end();
  await input.done;
}

/** A query object of `pg`. */
class CopyQuery {
  protected wire: Wire | undefined;
  readonly #settled = Promise.withResolvers<void>();
  /** Settles when the server is ready for another statement, or rejects with its error. */
  readonly done = this.#settled.promise;

  constructor(readonly text: string) {
    // Reported where it is awaited, maybe later.
    this.done.catch(() => {});
  }

  submit(wire: Wire) {
    this.wire = wire;
    wire.query(this.text);
  }
  handleCommandComplete() {}
  handleReadyForQuery() {
    this.#settled.resolve();
  }
  handleError(error: Error) {
    this.#settled.reject(error);
  }
}

class CopyIn extends CopyQuery {
  readonly #ready = Promise.withResolvers<boolean>();
  /** Whether the server takes rows; false after an error. */
  readonly ready = this.#ready.promise;
  #failed = false;

  handleCopyInResponse() {
    this.#ready.resolve(true);
  }

  override handleError(error: Error) {
    this.#failed = true;
    this.#ready.resolve(false);
    super.handleError(error);
  }

  /** @param resume Called when the next chunk may come. @returns false if the sender has to wait for it */
  send(chunk: Buffer, resume: () => void): boolean {
    // The server ignores rows after an error, which it reports at the end.
    if (this.#failed || this.wire === undefined) return true;
    this.wire.sendCopyFromChunk(chunk);
    if (this.wire.stream.writableLength < WAITING) return true;
    let isWaiting = true;
    const once = () => {
      if (isWaiting) resume();
      isWaiting = false;
    };
    // Called once everything before it was sent.
    this.wire.stream.write(NOTHING, once);
    this.done.then(once, once);
    return false;
  }

  end() {
    if (!this.#failed) this.wire?.endCopyFrom();
  }

  fail() {
    if (!this.#failed) this.wire?.sendCopyFail("The source failed");
  }
}

class CopyOut extends CopyQuery {
  readonly #chunk = Buffer.alloc(CHUNK);
  #length = 0;

  constructor(text: string, readonly input: CopyIn) {
    super(text);
  }

  handleCopyData({ chunk }: { chunk: Buffer }) {
    if (this.#length + chunk.length > CHUNK) this.#flush();
    if (chunk.length > CHUNK) return this.#send(chunk);
    // Copied, because the parser uses its memory again.
    this.#chunk.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  override handleReadyForQuery() {
    this.#flush();
    super.handleReadyForQuery();
  }

  #flush() {
    if (this.#length > 0) this.#send(this.#chunk.subarray(0, this.#length));
    this.#length = 0;
  }

  #send(chunk: Buffer) {
    const { stream } = this.wire!;
    if (!this.input.send(chunk, () => stream.resume())) stream.pause();
  }
}
