import type Stripe from "stripe";
import { STRIPE_API_VERSION } from "../../../../supabase/functions/_shared/contract/stripe_events.ts";
import { Failure } from "../../../lib/failure.ts";
import { atStripe, isForbidden, openStripe } from "../../stripe/sdk.ts";
import { differenceOf, type Endpoint, EVENTS, isOurs, listEndpoints, webhookUrl } from "../../webhook/endpoint.ts";
import { isStored, NAME, readStored } from "../../webhook/secret.ts";
import { ago } from "../ago.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { Hosted, Target } from "../target.ts";

/** Stripe has one endpoint that sends here: on, with the table's events, in our version, and signed with what is known. */
export async function checkWebhook(
  { stripeUrl, url, hosted, options, variables }: Pick<
    Target,
    "stripeUrl" | "url" | "hosted" | "options" | "variables"
  >,
): Promise<Finding[]> {
  const repair = `run "npm run stripe:webhook${options}"`;
  const stripe = openStripe(stripeUrl, variables.STRIPE_SECRET_KEY ?? "");
  let found: Endpoint[];
  try {
    found = await atStripe(listEndpoints(stripe, webhookUrl(url)));
  } catch (error) {
    return [unseen(error, "Webhook: not looked at, because the key may not")];
  }
  if (hosted === undefined) return checkLocal(found);
  return [...await checkHosted(found, hosted, repair), ...await checkDeliveries(stripe)];
}

/** A restricted key need not be allowed everything. @throws whatever else went wrong */
function unseen(error: unknown, what: string): Finding {
  if (!(error instanceof Failure && isForbidden(error.cause))) throw error;
  return note(what, "look at https://dashboard.stripe.com/webhooks");
}

/** The stand-in registers the stack by itself; a real account's events come by `stripe listen`. */
function checkLocal([endpoint]: readonly Endpoint[]): Finding[] {
  if (endpoint === undefined) {
    return [note(
      "Webhook: no endpoint at Stripe sends to this stack",
      `nothing to do with a real key: "npm start" runs "stripe listen", and says so when it cannot`,
    )];
  }
  if (endpoint.status === "enabled") return [ok(`Webhook: Stripe sends its events to this stack`)];
  return [wrong(`Webhook: ${endpoint.id} is disabled`, `end "npm start" with Ctrl-C and start it again`)];
}

async function checkHosted(found: readonly Endpoint[], { api, file }: Hosted, repair: string): Promise<Finding[]> {
  const sound = found.filter(({ api_version }) => api_version === STRIPE_API_VERSION);
  const stored = await readStored(api);
  const endpoint = sound.find((each) => isOurs(each) && isStored(each, stored)) ?? sound[0] ?? found[0];
  if (endpoint === undefined) return [wrong("Webhook: Stripe has no endpoint that sends to this project", repair)];

  const { id, api_version, status } = endpoint;
  const findings: Finding[] = [];
  const difference = differenceOf(endpoint);
  if (status !== "enabled") findings.push(wrong(`Webhook: ${id} is ${status}, so Stripe sends nothing`, repair));
  if (difference !== undefined) findings.push(wrong(`Webhook: ${id} is ${difference}`, repair));
  if (api_version !== STRIPE_API_VERSION) {
    findings.push(
      wrong(`Webhook: ${id} speaks ${api_version ?? "the account's version"}, not ${STRIPE_API_VERSION}`, repair),
    );
  }
  if (stored === undefined) {
    findings.push(wrong(`Webhook: the project has no ${NAME}, and refuses every event`, repair));
  } else if (isOurs(endpoint) && !isStored(endpoint, stored)) {
    findings.push(wrong(`Webhook: the project's ${NAME} is not the one of ${id}, so its events are refused`, repair));
  } else if (!isOurs(endpoint) && file.secrets[NAME] === undefined) {
    findings.push(wrong(
      `Webhook: ${id} was made by hand, and nobody can say whether the project has its secret`,
      `put it into "${file.path}" as ${NAME}, or ${repair}, which makes a new endpoint in its place`,
    ));
  }
  if (found.length > 1) {
    findings.push(wrong(`Webhook: ${found.length} endpoints send to this project, each event more than once`, repair));
  }
  return findings.length > 0 ? findings : [
    ok(`Webhook: ${id} is on, with the ${EVENTS.length} events and ${STRIPE_API_VERSION}, and its secret is stored`),
  ];
}

/** Seconds that a delivery may take without a word: the first of Stripe's tries again come sooner. */
const UNDER_WAY = 600;

/** What only Stripe knows: events that were refused or not answered, by whichever endpoint of the account. */
async function checkDeliveries(stripe: Stripe): Promise<Finding[]> {
  const now = Math.floor(Date.now() / 1000);
  const created = { gte: now - 86_400, lte: now - UNDER_WAY };
  let event: Stripe.Event | undefined;
  try {
    [event] = (await atStripe(stripe.events.list({ delivery_success: false, created, limit: 1 }))).data;
  } catch (error) {
    return [unseen(error, "Webhook: what was not delivered is not looked at, because the key may not")];
  }
  if (event === undefined) return [];
  return [note(
    `Webhook: Stripe could not deliver everything of the last day, last ${event.id} (${event.type}) ${
      ago((now - event.created) / 60)
    }`,
    `look at https://dashboard.stripe.com/webhooks whether it was this project's endpoint, and what it answered`,
  )];
}
