import { Failure } from "../../lib/failure.ts";

/** How long a first fill may take, in milliseconds: ten thousand products are two hundred pages. */
const PATIENCE = 600_000;

/**
 * Asks for the products until the catalog was read from Stripe to its end.
 *
 * @param token A user's, or none where the catalog is public; asked for again each time, because one lives a minute.
 * @returns How many products are on the first page.
 * @throws Failure with what the function answers
 */
export async function fillCatalog(url: string, token: () => Promise<string | undefined>): Promise<number> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const bearer = await token();
    const response = await fetch(`${url}/functions/v1/stripe-products?limit=100`, {
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
      signal: AbortSignal.timeout(60_000),
    }).catch((cause) => {
      throw new Failure(`"stripe-products" doesn't answer: ${cause.message}`);
    });
    const { data, error, message } = await response.json().catch(() => ({}));
    if (response.ok) return data.length;
    if (error?.code !== "catalog_filling" || performance.now() > deadline) {
      throw new Failure(`"stripe-products" answers ${response.status}: ${error?.message ?? message ?? "nothing"}`);
    }
    const seconds = Number(response.headers.get("retry-after")) || 5;
    await new Promise((resume) => setTimeout(resume, seconds * 1000));
  }
}
