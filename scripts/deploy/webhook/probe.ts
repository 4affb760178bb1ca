import type Stripe from "stripe";
import { STRIPE_API_VERSION } from "../../../supabase/functions/_shared/contract/stripe_events.ts";

/**
 * Sends a signed test event, which the function ignores, until the function verifies its signature.
 *
 * @param timeoutMs How long to try: running functions keep their previous variables for a while.
 * @returns The last refusal; undefined once the signature is verified.
 */
export async function probeWebhook(
  stripe: Stripe,
  { url, livemode, secret }: Pick<Stripe.WebhookEndpoint, "url" | "livemode"> & { secret: string },
  timeoutMs = 60_000,
): Promise<string | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const refusal = await send();
    if (refusal === undefined || performance.now() > deadline) return refusal;
    await new Promise((resume) => setTimeout(resume, 2_000));
  }

  async function send(): Promise<string | undefined> {
    const created = Math.floor(Date.now() / 1000);
    const body = JSON.stringify({
      id: "evt_probe",
      object: "event",
      api_version: STRIPE_API_VERSION,
      created,
      data: { object: {} },
      livemode,
      pending_webhooks: 0,
      request: null,
      type: "probe",
    });
    const signature = await stripe.webhooks.generateTestHeaderStringAsync({ payload: body, secret });
    const headers = { "content-type": "application/json", "stripe-signature": signature };
    try {
      const response = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(20_000) });
      const { outcome, error, message } = await response.json().catch(() => ({}));
      if (response.ok && outcome === "ignored") return undefined;
      return `${response.status}: ${error?.message ?? message ?? "no message from the function"}`;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
