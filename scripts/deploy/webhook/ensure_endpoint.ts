/** Creates, corrects or replaces the webhook endpoint of a project and stores its secret. Safe to repeat. */
import type Stripe from "stripe";
import { STRIPE_API_VERSION } from "../../../supabase/functions/_shared/contract/stripe_events.ts";
import { Failure } from "../../lib/failure.ts";
import { isForbidden, stripeCall } from "../stripe/sdk.ts";
import type { Project } from "../target/project.ts";
import type { VariablesFile } from "../variables/variables_file.ts";
import {
  describeDifference,
  type Endpoint,
  endpointParams,
  EVENTS,
  isManaged,
  listEndpoints,
  STORED_HASH,
  webhookUrl,
} from "./endpoint.ts";
import { probeWebhook } from "./probe.ts";
import { createByHand, hashOf, isStored, readStoredHash, secretsOf, storeSecrets, WEBHOOK_SECRET } from "./secret.ts";

export interface EndpointOptions {
  readonly project: Project;
  readonly file: VariablesFile;
  readonly stripe: Stripe;
  /** Whether to replace an endpoint that is correct, to get a new secret. */
  readonly rotate?: boolean;
  /** Milliseconds that the function may take to load a new secret. */
  readonly timeoutMs?: number;
}

/**
 * Ensures that exactly one endpoint sends the event table's events in the functions' API version, and that the project
 * has its secret.
 *
 * An endpoint's version is fixed and its secret is shown once, so a replacement is created beside the old endpoint, its
 * secret is stored and verified, and only then the old endpoint is deleted. Stripe retries events to the new endpoint
 * until the function accepts them.
 *
 * @returns What was done, one phrase per action; never a secret.
 * @throws Failure with instructions for doing it by hand
 */
export async function ensureEndpoint(options: EndpointOptions): Promise<string[]> {
  const { project, file, stripe, rotate = false } = options;
  const url = webhookUrl(project.url);
  const fileSecrets = secretsOf(file.secrets);
  let found: Endpoint[];
  try {
    found = await stripeCall(listEndpoints(stripe, url));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (!isForbidden(error.cause) || fileSecrets.length === 0) throw createByHand(error, url, file.path);
    await storeSecrets(project.api, fileSecrets);
    return [`endpoint not checked, because the Stripe key may not list endpoints`, `secret of "${file.path}" stored`];
  }

  const stored = await readStoredHash(project.api).catch((error) => {
    throw createByHand(error, url, file.path);
  });
  const sameVersion = found.filter(({ api_version }) => api_version === STRIPE_API_VERSION);
  const managed = sameVersion.find((endpoint) => isManaged(endpoint) && isStored(endpoint, stored));
  const manual = fileSecrets.length > 0 ? sameVersion.find((endpoint) => !isManaged(endpoint)) : undefined;
  const current = rotate ? undefined : managed ?? manual;
  if (current === undefined) return await replace(found, url, options);

  const actions = await correct(current, stripe);
  if (current === manual) await storeSecrets(project.api, fileSecrets);
  else if (fileSecrets.length > 0) actions.push(unusedSecret(file));
  return [...actions, ...await deleteAll(found.filter((endpoint) => endpoint !== current), stripe)];
}

async function correct(current: Endpoint, stripe: Stripe): Promise<string[]> {
  const difference = describeDifference(current);
  const disabled = current.status === "disabled";
  if (difference === undefined && !disabled) return [`${current.id} unchanged`];
  await stripeCall(stripe.webhookEndpoints.update(current.id, { enabled_events: EVENTS, disabled: false }));
  return [
    ...(disabled ? [`enabled ${current.id}, which was disabled`] : []),
    ...(difference === undefined ? [] : [`corrected the events of ${current.id}: ${difference}`]),
  ];
}

async function replace(
  found: readonly Endpoint[],
  url: string,
  { project: { api }, file, stripe, timeoutMs }: EndpointOptions,
): Promise<string[]> {
  const { id, livemode, secret = "" } = await stripeCall(stripe.webhookEndpoints.create(endpointParams(url)))
    .catch((error) => {
      throw createByHand(error, url, file.path);
    });
  const fileSecrets = secretsOf(file.secrets);
  try {
    await store([secret, ...fileSecrets]);
  } catch (error) {
    // Its secret is lost, so its events would be rejected. If the deletion fails, the next run repeats it.
    await stripe.webhookEndpoints.del(id).catch(() => {});
    throw createByHand(error, url, file.path);
  }
  const created = `created ${id} with ${EVENTS.length} events`;

  const refusal = await probeWebhook(stripe, { url, livemode, secret }, timeoutMs);
  if (refusal !== undefined) {
    const next = `run "npm run stripe:webhook" in a few minutes to verify it`;
    const obsolete = found.length > 0 ? ` and delete ${idsOf(found)}` : "";
    return [created, `secret stored, but not yet verified by the function (${refusal}): ${next}${obsolete}`];
  }
  const deleted = await deleteAll(found, stripe);
  if (fileSecrets.length > 0) await store([secret]);
  const unused = fileSecrets.length > 0 ? [unusedSecret(file)] : [];
  return [created, "secret stored and verified by the function", ...deleted, ...unused];

  async function store(secrets: readonly string[]): Promise<void> {
    // The hash first: without the secret it is harmless, and the old endpoint's secret stays valid until the last write.
    await stripeCall(stripe.webhookEndpoints.update(id, { metadata: { [STORED_HASH]: await hashOf(secrets) } }));
    await storeSecrets(api, secrets);
  }
}

async function deleteAll(obsolete: readonly Endpoint[], stripe: Stripe): Promise<string[]> {
  for (const { id } of obsolete) await stripeCall(stripe.webhookEndpoints.del(id));
  return obsolete.length > 0 ? [`deleted ${idsOf(obsolete)}`] : [];
}

const idsOf = (endpoints: readonly Endpoint[]): string => endpoints.map(({ id }) => id).join(", ");

const unusedSecret = ({ path }: VariablesFile): string =>
  `${WEBHOOK_SECRET} in "${path}" belongs to another endpoint and is not used: remove it`;
