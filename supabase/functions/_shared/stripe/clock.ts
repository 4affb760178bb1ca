/** Milliseconds that Stripe's clock is ahead of this machine's. */
let ahead = 0;

/** Sends a request, and learns Stripe's time from the answer's `date`, which has whole seconds. */
export async function fetchAndNoteTime(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  const time = Date.parse(response.headers.get("date") ?? "");
  if (!Number.isNaN(time)) ahead = time - Date.now();
  return response;
}

/**
 * Stripe's time in Unix seconds, as of its latest answer: what is compared with a time of Stripe, or sent to it, does not
 * depend on this machine's clock.
 */
export const stripeTime = (): number => Math.floor((Date.now() + ahead) / 1_000);
