import type Stripe from "stripe";
import { STRIPE_API_VERSION } from "../../../supabase/functions/_shared/contract/stripe_events.ts";

/**
 * Sends an event that is about nothing, signed with a secret, until the function believes it: it then has the secret.
 *
 * @param patience How long to try, in milliseconds: functions that run keep their old variables for a while.
 * @returns What it answered last, undefined once it believed.
 */
export async function probeWebhook(
  stripe: Stripe,
  { url, livemode, secret }: Pick<Stripe.WebhookEndpoint, "url" | "livemode"> & { secret: string },
  patience = 60_000,
): Promise<string | undefined> {
  const deadline = performance.now() + patience;
  for (;;) {
    const said = await send();
    if (said === undefined || performance.now() > deadline) return said;
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
      return `${response.status}: ${error?.message ?? message ?? "nothing that the function says"}`;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
