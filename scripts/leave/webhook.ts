/** Stripe's events change from the functions' endpoint to the server's, without one that neither verifies. */
import type Stripe from "stripe";
import { readEnvFile } from "../lib/env_file.ts";
import { Failure } from "../lib/failure.ts";
import { replaceFile } from "../lib/files.ts";
import { stripeCall } from "../deploy/stripe/sdk.ts";
import { endpointParams, listEndpoints } from "../deploy/webhook/endpoint.ts";
import { probeWebhook } from "../deploy/webhook/probe.ts";
import { secretsOf, WEBHOOK_SECRET } from "../deploy/webhook/secret.ts";

export interface EndpointMove {
  readonly stripe: Stripe;
  /** The base URL of the server, such as `https://billing.example.com`. */
  readonly server: string;
  /** The base URL of the functions, such as `https://abc.supabase.co/functions/v1`; undefined keeps their endpoint. */
  readonly functions?: string;
  /** The server's variables; the new secret is added to those in it. */
  readonly envFile: string;
  /** Milliseconds that the server may take to verify the new secret. */
  readonly timeoutMs?: number;
}

/** created: restart the server, then call again. moved: the server verifies the new secret, and the old endpoint is gone. */
export type EndpointState = "created" | "moved";

/**
 * Safe to repeat. While both endpoints exist both secrets are valid, and an event that comes twice is one row of the ledger.
 *
 * @throws Failure when the server refuses the secret
 */
export async function moveEndpoint(
  { stripe, server, functions, envFile, timeoutMs = 5_000 }: EndpointMove,
): Promise<EndpointState> {
  const url = `${server}/stripe-webhook`;
  const [known] = await stripeCall(listEndpoints(stripe, url));
  const secrets = secretsOf(readEnvFile(envFile) ?? {});
  if (known === undefined) {
    const { id, secret = "" } = await stripeCall(stripe.webhookEndpoints.create(endpointParams(url)));
    try {
      writeSecrets(envFile, [secret, ...secrets]);
    } catch (error) {
      // Stripe shows the secret once.
      await stripe.webhookEndpoints.del(id);
      throw error;
    }
    return "created";
  }

  const [secret = ""] = secrets;
  const refusal = await probeWebhook(stripe, { url, livemode: known.livemode, secret }, timeoutMs);
  if (refusal !== undefined) {
    throw new Failure(
      `The server refuses the events of ${known.id} (${refusal}). Start it with "${envFile}" and run this again. If ` +
        `${WEBHOOK_SECRET} in it does not begin with that endpoint's secret, delete the endpoint at Stripe first`,
    );
  }
  const obsolete = functions === undefined ? [] : await listEndpoints(stripe, `${functions}/stripe-webhook`);
  for (const { id } of obsolete) await stripeCall(stripe.webhookEndpoints.del(id));
  return "moved";
}

function writeSecrets(file: string, secrets: readonly string[]) {
  const line = `${WEBHOOK_SECRET}=${secrets.join(",")}`;
  const text = Deno.readTextFileSync(file);
  const assignment = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${WEBHOOK_SECRET}[ \\t]*=.*$`, "m");
  replaceFile(file, assignment.test(text) ? text.replace(assignment, line) : `${text.replace(/\n?$/, "\n")}${line}\n`);
}
