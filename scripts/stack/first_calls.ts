import type { StackFile } from "../lib/stack_file.ts";
import { clerkClient } from "./users.ts";

/**
 * Requests the products once, as the first user: this shows that the whole stack answers, and fills the catalog before
 * the first request of a frontend.
 *
 * @returns The outcome, in a few words
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
 * Records everything that a new Stripe emulator holds, a few pages, so that the mirror is complete and the doctor reports
 * nothing. The objects of a real account are fetched by `npm run backfill`, which shows its progress.
 *
 * @returns The outcome, in a few words
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
