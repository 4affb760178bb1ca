import { AppError } from "../errors.ts";

/** Bytes: a body over the limit is read up to here, because a caller that is still sending may never see the response. */
const READ_ANYWAY = 1_048_576;

/**
 * The body as text, byte for byte as it was sent. At most `largest` bytes are kept, whatever `content-length` says.
 *
 * @param largest In bytes.
 * @throws AppError `payload_too_large`; `invalid_request` when the body is incomplete
 */
export async function readText(request: Request, largest: number): Promise<string> {
  // Opening a stream to find it empty would cost more than the rest of this function.
  if (request.headers.get("content-length") === "0") return "";

  let text = "", size = 0;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size <= largest) text += decoder.decode(chunk, { stream: true });
      if (size > Math.max(largest, READ_ANYWAY)) break;
    }
  } catch {
    // The caller disconnected, or sent invalid HTTP.
    throw AppError.invalidRequest([{ field: "", message: "Send the complete body" }]);
  }
  if (size > largest) throw AppError.payloadTooLarge(largest);
  return text + decoder.decode();
}
