import { PERMISSIONS } from "../../lib/stripe_permissions.ts";

/** Stripe's answer to a key without a permission. https://github.com/stripe/stripe-node/issues/2246 */
export function refusal(permission: string, account = "acct_fixture"): Response {
  const message = `The provided key 'rk_test_***ture' does not have the required permissions for this endpoint on ` +
    `account '${account}'. Having the '${permission}' permission would allow this request to continue.`;
  return Response.json({ error: { type: "invalid_request_error", code: "more_permissions_required", message } }, {
    status: 403,
  });
}

/** Refuses a call of a restricted key that has exactly {@link PERMISSIONS}. @returns undefined when it is permitted */
export function refuseCall(method: string, pathname: string, account: string): Response | undefined {
  const resource = pathname.split("/").slice(0, pathname.startsWith("/v1/entitlements/") ? 4 : 3).join("/");
  const permission = PERMISSIONS.find(({ trial }) => trial.path.match(/^[^?]+/)![0].startsWith(resource));
  if (permission === undefined) return refusal("rak_accounts_kyc_basic_read", account);
  return method === "GET" || permission.name.endsWith("_write") ? undefined : refusal(permission.name, account);
}
