import type { StackFile } from "../lib/stack_file.ts";
import { clerkClient } from "./users.ts";

/**
 * Asks for the products once, as the first user: it shows that the whole stack answers, and fills the catalog before
 * somebody waits for it.
 *
 * @returns What came of it, in a few words.
 */
export async function callProducts(file: StackFile): Promise<string> {
  const clerk = clerkClient(file);
  const [userId = ""] = Object.values(file.users);
  const session = await clerk.sessions.createSession({ userId });
  const { jwt } = await clerk.sessions.getToken(session.id);
  await clerk.sessions.revokeSession(session.id);
  const response = await fetch(`${file.url}/functions/v1/stripe-products?limit=100`, {
    headers: { authorization: `Bearer ${jwt}` },
  });
  const { data, error, message } = await response.json();
  return response.ok ? `${data.length} products` : `answers ${response.status}: ${error?.message ?? message}`;
}

/**
 * Records everything that a new local Stripe has, so that nothing is missing and the doctor has nothing to say: a few
 * pages. What a real account holds is fetched by `npm run backfill`, with its progress.
 *
 * @returns What came of it, in a few words.
 */
export async function callBackfill({ url, reconcile_secret }: StackFile): Promise<string> {
  const response = await fetch(`${url}/functions/v1/stripe-reconcile`, {
    method: "POST",
    headers: { authorization: `Bearer ${reconcile_secret}`, "content-type": "application/json" },
    body: JSON.stringify({ backfill: true }),
  });
  const { state, error, message } = await response.json();
  return response.ok ? state : `answers ${response.status}: ${error?.message ?? message}`;
}
