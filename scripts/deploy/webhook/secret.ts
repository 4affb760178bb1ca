/**
 * The signing secret of a webhook endpoint. Only the project's secrets have it: Stripe shows it once, and Supabase shows
 * only its hash. The endpoint's metadata has the same hash, so that the two can be matched.
 */
import { Failure } from "../../lib/failure.ts";
import type { ManagementApi } from "../target/management_api.ts";
import { readDigests, sendSecrets, sha256 } from "../steps/secrets.ts";
import { type Endpoint, STORED_HASH } from "./endpoint.ts";

export const WEBHOOK_SECRET = "STRIPE_WEBHOOK_SECRET";

/** The hash of the project's secret. @returns undefined when it has none */
export const readStoredHash = async (api: ManagementApi): Promise<string | undefined> =>
  (await readDigests(api)).get(WEBHOOK_SECRET);

/** Whether the project has the secret of an endpoint. */
export function isStored({ metadata }: Endpoint, stored: string | undefined): boolean {
  if (stored === undefined) return false;
  // Without a hash from the platform there is nothing to compare.
  return !/^[0-9a-f]{64}$/.test(stored) || metadata[STORED_HASH] === stored;
}

/** Stores secrets, newest first, unless the project has exactly these. */
export async function storeSecrets(api: ManagementApi, secrets: readonly string[]): Promise<void> {
  if (await readStoredHash(api) !== await hashOf(secrets)) {
    await sendSecrets(api, { [WEBHOOK_SECRET]: secrets.join(",") });
  }
}

/** The hash that the project will show for these secrets. */
export const hashOf = (secrets: readonly string[]): Promise<string> => sha256(secrets.join(","));

/** The secrets in the file of variables: those of an endpoint that was created by hand. */
export const secretsOf = (variables: Readonly<Record<string, string>>): string[] =>
  (variables[WEBHOOK_SECRET] ?? "").split(",").map((item) => item.trim()).filter((item) => item !== "");

/** A failure with instructions for creating the endpoint by hand. */
export const createByHand = (cause: unknown, url: string, file: string): Failure =>
  new Failure(
    `${cause instanceof Error ? cause.message : cause}\nTo continue by hand: add ${url} at ` +
      `https://dashboard.stripe.com/webhooks, set ${WEBHOOK_SECRET} in "${file}" to its signing secret, and deploy again`,
    { cause },
  );
