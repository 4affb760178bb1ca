import { AppError } from "../errors.ts";

/**
 * The body as text, byte for byte as it was sent. At most `largest` bytes are read, whatever `content-length` says;
 * `discardBody` reads the rest before the answer.
 *
 * @param largest In bytes.
 * @throws AppError `payload_too_large`; `invalid_request` when the body is incomplete
 */
export async function readText(request: Request, largest: number): Promise<string> {
  // Opening a stream to find it empty would cost more than the rest of this function.
  if (request.headers.get("content-length") === "0" || request.body === null) return "";

  let text = "", size = 0;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.byteLength;
      if (size > largest) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The caller disconnected, or sent invalid HTTP.
    throw AppError.invalidRequest([{ field: "", message: "Send the complete body" }]);
  } finally {
    reader.releaseLock();
  }
  throw AppError.payloadTooLarge(largest);
}
