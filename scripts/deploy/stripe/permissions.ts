/** How to find out whether a restricted key has the permissions that it needs. */
import { Failure } from "../../lib/failure.ts";
import { levelOf, type Permission, PERMISSIONS } from "../../lib/stripe_permissions.ts";

/** Not needed where the endpoint was made by hand: its secret is then in the file. */
export const FOR_WEBHOOK: Permission["name"] = "rak_webhook_write";

/** `Customers: write (rak_customer_write)`. */
export const describePermission = (permission: Permission): string =>
  `${permission.label}: ${levelOf(permission)} (${permission.name})`;

/** The dashboard's form for a new key, with exactly these permissions filled in. */
export const CREATE_KEY = "https://dashboard.stripe.com/apikeys/create?name=Supabase" +
  PERMISSIONS.map(({ name }) => `&permissions[]=${name}`).join("");

export const HOW_TO_GRANT =
  "add it at https://dashboard.stripe.com/apikeys (docs/07-deploying.md#restricted-keys), or create a key with all of them: " +
  CREATE_KEY;

/** A secret key may do everything. */
export const isRestricted = (secretKey: string): boolean => secretKey.startsWith("rk_");

/**
 * The permissions that a restricted key lacks, found by a call for each.
 *
 * @throws Failure when Stripe does not say
 */
export async function missingPermissions(address: string, secretKey: string): Promise<Permission[]> {
  if (!isRestricted(secretKey)) return [];
  const lacking = await Promise.all(PERMISSIONS.map((permission) => lacks(permission, address, secretKey)));
  return PERMISSIONS.filter((_, index) => lacking[index]);
}

async function lacks({ name, trial }: Permission, address: string, secretKey: string): Promise<boolean> {
  const response = await fetch(address + trial.path, {
    method: trial.method,
    headers: { authorization: `Bearer ${secretKey}` },
    body: trial.method === "POST" ? new URLSearchParams({ "metadata[permission_trial]": "1" }) : undefined,
    signal: AbortSignal.timeout(20_000),
  }).catch((cause) => {
    throw new Failure(`Stripe at "${address}" does not answer: ${cause.message}`);
  });
  const { error } = await response.json().catch(() => ({}));
  // A missing object is an answer to a key that may ask for it.
  if (response.ok || response.status === 404 || error?.code === "resource_missing") return false;
  if (response.status === 403) return true;
  throw new Failure(`Cannot check ${name}: Stripe answers ${response.status} (${error?.message ?? "no message"})`);
}

/** @throws Failure that names every missing permission */
export async function requirePermissions(
  address: string,
  secretKey: string,
  { webhookByHand }: { webhookByHand: boolean },
): Promise<void> {
  const missing = (await missingPermissions(address, secretKey)).filter(({ name }) =>
    !(webhookByHand && name === FOR_WEBHOOK)
  );
  if (missing.length === 0) return;
  throw new Failure(
    ["STRIPE_SECRET_KEY is a restricted key that lacks permissions:", ...missing.map(describePermission)].join("\n  ") +
      `\nTo grant them, ${HOW_TO_GRANT.replace("add it", "add each")}`,
  );
}
