/** Bytes: what is still read of a body that is not used; more than Supabase's gateway or the local one passes on. */
const MOST = 33_554_432;
/** Milliseconds for that, so that a caller who sends nothing more gets an answer too. */
const TIME = 30_000;

/**
 * Reads what is left of a body and forgets it. A connection that is answered and closed while the caller still sends is
 * reset, and then the gateway reports 502 instead of the answer.
 */
export async function discardBody(request: Request): Promise<void> {
  if (request.headers.get("content-length") === "0" || !request.body || request.body.locked) return;
  const reader = request.body.getReader();
  // Ends the read below.
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), TIME);
  try {
    for (let size = 0; size <= MOST;) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.byteLength;
    }
    await reader.cancel();
  } catch {
    // The caller disconnected.
  } finally {
    clearTimeout(timer);
  }
}
