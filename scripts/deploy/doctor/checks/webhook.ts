import type Stripe from "stripe";
import { STRIPE_API_VERSION } from "../../../../supabase/functions/_shared/contract/stripe_events.ts";
import { Failure } from "../../../lib/failure.ts";
import { isForbidden, openStripe, stripeCall } from "../../stripe/sdk.ts";
import {
  describeDifference,
  type Endpoint,
  EVENTS,
  isManaged,
  listEndpoints,
  webhookUrl,
} from "../../webhook/endpoint.ts";
import { isStored, readStoredHash, WEBHOOK_SECRET } from "../../webhook/secret.ts";
import { ago } from "../ago.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget, Hosted } from "../target.ts";

/** Stripe has one endpoint for the target: enabled, with the event table's events, API version and a stored secret. */
export async function checkWebhook(
  { stripeUrl, url, hosted, options, variables }: Pick<
    DoctorTarget,
    "stripeUrl" | "url" | "hosted" | "options" | "variables"
  >,
): Promise<Finding[]> {
  const repair = `run "npm run stripe:webhook${options}"`;
  const stripe = openStripe(stripeUrl, variables.STRIPE_SECRET_KEY ?? "");
  let found: Endpoint[];
  try {
    found = await stripeCall(listEndpoints(stripe, webhookUrl(url)));
  } catch (error) {
    return [forbidden(error, "Webhook: not checked, because the Stripe key may not list endpoints")];
  }
  if (hosted === undefined) return checkLocal(found);
  return [...await checkHosted(found, hosted, repair), ...await checkDeliveries(stripe)];
}

/** A restricted key may lack a permission, which is a note. @throws Any other error */
function forbidden(error: unknown, what: string): Finding {
  if (!(error instanceof Failure && isForbidden(error.cause))) throw error;
  return note(what, "check https://dashboard.stripe.com/webhooks");
}

/** The emulator sends events to the stack by itself; a real account's events arrive through `stripe listen`. */
function checkLocal([endpoint]: readonly Endpoint[]): Finding[] {
  if (endpoint === undefined) {
    return [note(
      "Webhook: no endpoint at Stripe sends to this stack",
      `nothing to do with a real key: "npm start" runs "stripe listen", and reports when it cannot`,
    )];
  }
  if (endpoint.status === "enabled") return [ok(`Webhook: Stripe sends its events to this stack`)];
  return [wrong(`Webhook: ${endpoint.id} is disabled`, `stop "npm start" with Ctrl-C and start it again`)];
}

async function checkHosted(found: readonly Endpoint[], { api, file }: Hosted, repair: string): Promise<Finding[]> {
  const sameVersion = found.filter(({ api_version }) => api_version === STRIPE_API_VERSION);
  const stored = await readStoredHash(api);
  const endpoint = sameVersion.find((each) => isManaged(each) && isStored(each, stored)) ?? sameVersion[0] ?? found[0];
  if (endpoint === undefined) return [wrong("Webhook: Stripe has no endpoint that sends to this project", repair)];

  const { id, api_version, status } = endpoint;
  const findings: Finding[] = [];
  const difference = describeDifference(endpoint);
  if (status !== "enabled") findings.push(wrong(`Webhook: ${id} is ${status}, so Stripe sends nothing`, repair));
  if (difference !== undefined) findings.push(wrong(`Webhook: the events of ${id} are wrong: ${difference}`, repair));
  if (api_version !== STRIPE_API_VERSION) {
    findings.push(
      wrong(`Webhook: ${id} sends API version ${api_version ?? "of the account"}, not ${STRIPE_API_VERSION}`, repair),
    );
  }
  if (stored === undefined) {
    findings.push(wrong(`Webhook: the project has no ${WEBHOOK_SECRET}, so every event is rejected`, repair));
  } else if (isManaged(endpoint) && !isStored(endpoint, stored)) {
    findings.push(
      wrong(`Webhook: the project's ${WEBHOOK_SECRET} is not that of ${id}, so its events are rejected`, repair),
    );
  } else if (!isManaged(endpoint) && file.secrets[WEBHOOK_SECRET] === undefined) {
    findings.push(wrong(
      `Webhook: ${id} was created by hand, and its secret is not in "${file.path}"`,
      `set ${WEBHOOK_SECRET} in "${file.path}", or ${repair}, which replaces the endpoint`,
    ));
  }
  if (found.length > 1) {
    findings.push(
      wrong(`Webhook: ${found.length} endpoints send to this project, so each event arrives more than once`, repair),
    );
  }
  return findings.length > 0 ? findings : [
    ok(
      `Webhook: ${id} is enabled, with the ${EVENTS.length} events and ${STRIPE_API_VERSION}, and its secret is stored`,
    ),
  ];
}

/** Seconds after which an undelivered event is reported; Stripe's first retries come sooner. */
const DELIVERY_SECONDS = 600;

/** Reports events that Stripe could not deliver, to any endpoint of the account. */
async function checkDeliveries(stripe: Stripe): Promise<Finding[]> {
  const now = Math.floor(Date.now() / 1000);
  const created = { gte: now - 86_400, lte: now - DELIVERY_SECONDS };
  let event: Stripe.Event | undefined;
  try {
    [event] = (await stripeCall(stripe.events.list({ delivery_success: false, created, limit: 1 }))).data;
  } catch (error) {
    return [forbidden(error, "Webhook: undelivered events not checked, because the Stripe key may not list events")];
  }
  if (event === undefined) return [];
  return [note(
    `Webhook: Stripe could not deliver every event of the last day, last ${event.id} (${event.type}) ${
      ago((now - event.created) / 60)
    }`,
    `check at https://dashboard.stripe.com/webhooks whether it was this project's endpoint, and what it answered`,
  )];
}
