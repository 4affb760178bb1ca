/**
 * Where the signing secret of Stripe's endpoint is kept: with the project's secrets, and nowhere else. Stripe shows it
 * once and Supabase never again, so the endpoint's metadata has its hash, by which the two are told to belong together.
 */
import { Failure } from "../../lib/failure.ts";
import type { ManagementApi } from "../target/management_api.ts";
import { readDigests, sendSecrets, sha256 } from "../steps/secrets.ts";
import { type Endpoint, STORED } from "./endpoint.ts";

export const NAME = "STRIPE_WEBHOOK_SECRET";

/** The hash of what the project has under the name; undefined when it has nothing. */
export const readStored = async (api: ManagementApi): Promise<string | undefined> => (await readDigests(api)).get(NAME);

/** Whether the project has the secret that was made with an endpoint. */
export function isStored({ metadata }: Endpoint, stored: string | undefined): boolean {
  if (stored === undefined) return false;
  // Where the platform shows no hash, there is nothing to compare.
  return !/^[0-9a-f]{64}$/.test(stored) || metadata[STORED] === stored;
}

/** Stores secrets, the newest first, unless the project has the same. */
export async function storeSecrets(api: ManagementApi, secrets: readonly string[]): Promise<void> {
  if (await readStored(api) !== await digestOf(secrets)) await sendSecrets(api, { [NAME]: secrets.join(",") });
}

/** The hash that the project will show of these secrets. */
export const digestOf = (secrets: readonly string[]): Promise<string> => sha256(secrets.join(","));

/** Those that the file of variables names: of an endpoint that somebody made by hand. */
export const secretsOf = (variables: Readonly<Record<string, string>>): string[] =>
  (variables[NAME] ?? "").split(",").map((item) => item.trim()).filter((item) => item !== "");

/** What a person does where we cannot. */
export const byHand = (cause: unknown, url: string, file: string): Failure =>
  new Failure(
    `${cause instanceof Error ? cause.message : cause}\nBy hand: add ${url} at ` +
      `https://dashboard.stripe.com/webhooks, put its signing secret into "${file}" as ${NAME}, and deploy again`,
    { cause },
  );
