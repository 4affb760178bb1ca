import Stripe from "stripe";
import { STRIPE_WEBHOOK_SECRET } from "../../lib/project_keys.ts";
import type { TestStack } from "./test_stack.ts";

/**
 * Forwards a request for the project to the test stack's functions. They keep the secrets that they started with, so an
 * event that is signed with one of the project's secrets is signed again with theirs.
 *
 * @param secrets The project's current secrets.
 */
export async function forwardToProject(
  request: Request,
  { url }: TestStack,
  secrets: ReadonlyMap<string, string>,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.delete("host");
  headers.set("accept-encoding", "identity");
  const body = request.body === null ? undefined : await request.text();
  if (pathname === "/functions/v1/stripe-webhook" && request.method === "POST") {
    const accepted = (secrets.get("STRIPE_WEBHOOK_SECRET") ?? "").split(",");
    const isValid = await isSigned(body ?? "", headers.get("stripe-signature") ?? "", accepted);
    const secret = isValid ? STRIPE_WEBHOOK_SECRET : "whsec_unknown";
    headers.set("stripe-signature", await webhooks.generateTestHeaderStringAsync({ payload: body ?? "", secret }));
  }
  return await fetch(url + pathname + search, { method: request.method, headers, body });
}

const { webhooks } = new Stripe("sk_test_unused");

async function isSigned(body: string, signature: string, secrets: readonly string[]): Promise<boolean> {
  for (const secret of secrets) {
    const event = await webhooks.constructEventAsync(body, signature, secret).catch(() => undefined);
    if (event !== undefined) return true;
  }
  return false;
}
