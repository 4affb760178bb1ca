import { Failure } from "../../lib/failure.ts";

/** Milliseconds that the first fill may take: ten thousand products are two hundred pages. */
const TIMEOUT_MS = 600_000;

/**
 * Requests the products until the whole catalog is read from Stripe.
 *
 * @param token Gets a session token, or none where the catalog is public. Called for each request: a token expires after
 *   a minute.
 * @returns The number of products on the first page.
 * @throws Failure with the function's error
 */
export async function fillCatalog(url: string, token: () => Promise<string | undefined>): Promise<number> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const bearer = await token();
    const response = await fetch(`${url}/functions/v1/stripe-products?limit=100`, {
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
      signal: AbortSignal.timeout(60_000),
    }).catch((cause) => {
      throw new Failure(`Cannot reach "stripe-products": ${cause.message}`);
    });
    const { data, error, message } = await response.json().catch(() => ({}));
    if (response.ok) return data.length;
    if (error?.code !== "catalog_filling" || performance.now() > deadline) {
      throw new Failure(`"stripe-products" answered ${response.status}: ${error?.message ?? message ?? "no message"}`);
    }
    const seconds = Number(response.headers.get("retry-after")) || 5;
    await new Promise((resume) => setTimeout(resume, seconds * 1000));
  }
}
