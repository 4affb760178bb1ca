/** The webhook endpoint of a project: made, mended or replaced, and its secret stored. Safe to repeat. */
import type Stripe from "stripe";
import { STRIPE_API_VERSION } from "../../../supabase/functions/_shared/contract/stripe_events.ts";
import { Failure } from "../../lib/failure.ts";
import { probeWebhook } from "./probe.ts";
import type { Project } from "../target/project.ts";
import { atStripe, isForbidden } from "../stripe/sdk.ts";
import type { VariablesFile } from "../variables/variables_file.ts";
import { differenceOf, type Endpoint, EVENTS, isOurs, listEndpoints, STORED, wanted, webhookUrl } from "./endpoint.ts";
import { byHand, digestOf, isStored, NAME, readStored, secretsOf, storeSecrets } from "./secret.ts";

export interface EndpointOptions {
  readonly project: Project;
  readonly file: VariablesFile;
  readonly stripe: Stripe;
  /** Whether a new one is made, with a new secret, though the present one is sound. */
  readonly rotate?: boolean;
  /** How long the function may take to learn of a new secret, in milliseconds. */
  readonly patience?: number;
}

/**
 * Sees to it that exactly one endpoint sends the table's events in our version, and that the project has its secret.
 *
 * A version cannot be changed, and a secret is shown once: so a new endpoint is made beside the old one, its secret is
 * stored, and only then the old one goes. Every event since is Stripe's to send to the new one until it is taken.
 *
 * @returns What was done, a sentence each; never a secret.
 * @throws Failure when it cannot be done, saying what to do by hand
 */
export async function ensureEndpoint(options: EndpointOptions): Promise<string[]> {
  const { project, file, stripe, rotate = false } = options;
  const url = webhookUrl(project.url);
  const noted = secretsOf(file.secrets);
  let found: Endpoint[];
  try {
    found = await atStripe(listEndpoints(stripe, url));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (!isForbidden(error.cause) || noted.length === 0) throw byHand(error, url, file.path);
    await storeSecrets(project.api, noted);
    return [`not looked at, because the key may not: the secret of "${file.path}" is stored`];
  }

  const stored = await readStored(project.api).catch((error) => {
    throw byHand(error, url, file.path);
  });
  const present = found.filter(({ api_version }) => api_version === STRIPE_API_VERSION);
  const ours = present.find((endpoint) => isOurs(endpoint) && isStored(endpoint, stored));
  const theirs = noted.length > 0 ? present.find((endpoint) => !isOurs(endpoint)) : undefined;
  const current = rotate ? undefined : ours ?? theirs;
  if (current === undefined) return await replace(found, url, options);

  const said = await mend(current, stripe);
  if (current === theirs) await storeSecrets(project.api, noted);
  else if (noted.length > 0) said.push(unused(file));
  return [...said, ...await removeAll(found.filter((endpoint) => endpoint !== current), stripe)];
}

async function mend(current: Endpoint, stripe: Stripe): Promise<string[]> {
  const difference = differenceOf(current);
  const disabled = current.status === "disabled";
  if (difference === undefined && !disabled) return [`${current.id}, before`];
  await atStripe(stripe.webhookEndpoints.update(current.id, { enabled_events: EVENTS, disabled: false }));
  return [
    current.id,
    ...(disabled ? ["was disabled, and is enabled"] : []),
    ...(difference === undefined ? [] : [`was ${difference}, and has exactly the table's events`]),
  ];
}

async function replace(
  found: readonly Endpoint[],
  url: string,
  { project: { api, ref }, file, stripe, patience }: EndpointOptions,
): Promise<string[]> {
  const made = await atStripe(stripe.webhookEndpoints.create(wanted(url))).catch((error) => {
    throw byHand(error, url, file.path);
  });
  const { id, livemode, secret = "" } = made;
  const noted = secretsOf(file.secrets);
  try {
    await store([secret, ...noted]);
  } catch (error) {
    // Nobody knows its secret: it would only be refused. If it stays, the next run removes it.
    await stripe.webhookEndpoints.del(id).catch(() => {});
    throw byHand(error, url, file.path);
  }
  const said = [`${id} is new, with ${EVENTS.length} events`, `its secret is ${NAME} of project ${ref}`];

  const refusal = await probeWebhook(stripe, { url, livemode, secret }, patience);
  if (refusal !== undefined) {
    const next = found.length > 0 ? `; run "npm run stripe:webhook" in a few minutes, and ${names(found)} goes` : "";
    return [...said, `the function does not believe it yet (${refusal})${next}`];
  }
  const removed = await removeAll(found, stripe);
  if (noted.length > 0) await store([secret]);
  return [...said, "the function believes it", ...removed, ...(noted.length > 0 ? [unused(file)] : [])];

  async function store(secrets: readonly string[]): Promise<void> {
    // The note first: without the secret it does no harm, and the old endpoint's secret is given up last.
    await atStripe(stripe.webhookEndpoints.update(id, { metadata: { [STORED]: await digestOf(secrets) } }));
    await storeSecrets(api, secrets);
  }
}

async function removeAll(old: readonly Endpoint[], stripe: Stripe): Promise<string[]> {
  for (const { id } of old) await atStripe(stripe.webhookEndpoints.del(id));
  return old.length > 0 ? [`${names(old)} is removed`] : [];
}

const names = (endpoints: readonly Endpoint[]): string => endpoints.map(({ id }) => id).join(", ");

const unused = ({ path }: VariablesFile): string =>
  `${NAME} in "${path}" is of another endpoint and not used: take it out`;
