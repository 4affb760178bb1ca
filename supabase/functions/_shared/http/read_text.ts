import { AppError } from "../errors.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The body as text, byte for byte as it was sent. Of a body without a length at most `largest` bytes are read; `discardBody`
 * reads the rest before the answer.
 *
 * @param largest In bytes.
 * @throws AppError `payload_too_large`; `invalid_request` when the body is incomplete
 */
export async function readText(request: Request, largest: number): Promise<string> {
  const length = lengthOf(request);
  // Opening a stream to find it empty would cost more than the rest of this function.
  if (length === 0 || request.body === null) return "";
  if (length === undefined) return await readStream(request.body, largest);

  if (length > largest) throw AppError.payloadTooLarge(largest);
  // A third of the cost of reading the stream: no event of Stripe's comes without a length.
  return utf8.decode(await request.arrayBuffer().catch(incomplete));
}

/**
 * Bytes, as the server keeps to: it reads no more of a body that has one. Undefined for a body that is sent in chunks, and
 * for a length that is sent twice, which Deno's server accepts when both are equal: the header is "5, 5" then.
 */
function lengthOf({ headers }: Request): number | undefined {
  const length = headers.get("content-length");
  return length === null || !/^\d+$/.test(length) || headers.has("transfer-encoding") ? undefined : Number(length);
}

async function readStream(body: ReadableStream<Uint8Array>, largest: number): Promise<string> {
  let text = "", size = 0;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.byteLength;
      if (size > largest) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    incomplete();
  } finally {
    reader.releaseLock();
  }
  throw AppError.payloadTooLarge(largest);
}

/** The caller disconnected, or sent invalid HTTP. */
function incomplete(): never {
  throw AppError.invalidRequest([{ field: "", message: "Send the complete body" }]);
}
