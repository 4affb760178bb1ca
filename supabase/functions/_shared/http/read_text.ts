import { AppError } from "../errors.ts";

/** Bytes: a larger body is read up to here, because a caller who is still sending may never see the answer. */
const READ_ALL_THE_SAME = 1_048_576;

/**
 * The body as text, byte for byte what was sent; no more of it is kept than is allowed, whatever `content-length` says.
 *
 * @param largest In bytes.
 * @throws AppError `payload_too_large`, `invalid_request` when it breaks off
 */
export async function readText(request: Request, largest: number): Promise<string> {
  // What most calls without input say; opening a stream to learn it costs more than all the rest of the reading.
  if (request.headers.get("content-length") === "0") return "";

  let text = "", size = 0;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size <= largest) text += decoder.decode(chunk, { stream: true });
      if (size > Math.max(largest, READ_ALL_THE_SAME)) break;
    }
  } catch {
    // The caller went away in the middle, or sent something that is no HTTP: nothing of ours failed.
    throw AppError.invalidRequest([{ field: "", message: "Send the whole body: it broke off" }]);
  }
  if (size > largest) throw AppError.payloadTooLarge(largest);
  return text + decoder.decode();
}
