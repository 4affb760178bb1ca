/** The head of an HTTP/1.1 message, as far as the benchmark's own client and its replayed answers need it. */
export const CRLF = "\r\n\r\n";

/** One character a byte, so that a place in the text is one in the bytes. */
export const latin1 = new TextDecoder("latin1");

/** Bytes of the body by its header; undefined without one. */
export function contentLength(head: string): number | undefined {
  const [, length] = head.match(/\r\ncontent-length: *(\d+)/i) ?? [];
  return length === undefined ? undefined : Number(length);
}
