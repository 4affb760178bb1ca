import Stripe from "stripe";
import { STRIPE_WEBHOOK_SECRET } from "../../lib/project_keys.ts";
import type { Stack } from "./test_stack.ts";

/**
 * The bench's functions as the project's: they keep the secrets that they started with, so what was signed with one of
 * the project's is signed anew with theirs.
 *
 * @param secrets What the project has now.
 */
export async function passToProject(
  request: Request,
  { url }: Stack,
  secrets: ReadonlyMap<string, string>,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.delete("host");
  headers.set("accept-encoding", "identity");
  const body = request.body === null ? undefined : await request.text();
  if (pathname === "/functions/v1/stripe-webhook" && request.method === "POST") {
    const known = (secrets.get("STRIPE_WEBHOOK_SECRET") ?? "").split(",");
    const isKnown = await isSigned(body ?? "", headers.get("stripe-signature") ?? "", known);
    const secret = isKnown ? STRIPE_WEBHOOK_SECRET : "whsec_nobodys";
    headers.set("stripe-signature", await webhooks.generateTestHeaderStringAsync({ payload: body ?? "", secret }));
  }
  return await fetch(url + pathname + search, { method: request.method, headers, body });
}

const { webhooks } = new Stripe("sk_test_nobodys");

async function isSigned(body: string, signature: string, secrets: readonly string[]): Promise<boolean> {
  for (const secret of secrets) {
    const event = await webhooks.constructEventAsync(body, signature, secret).catch(() => undefined);
    if (event !== undefined) return true;
  }
  return false;
}
