import { StripeError } from "./errors.ts";

const MISSING =
  "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.";
const PUBLISHABLE =
  "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.";

/** The key of a request. @throws StripeError unless it is one of the account: https://docs.stripe.com/api/authentication */
export function authenticate(request: Request, isKnown: (key: string) => boolean): string {
  const key = readKey(request.headers.get("authorization") ?? "");
  if (isKnown(key)) return key;
  if (key.startsWith("pk_")) throw new StripeError(403, { code: "secret_key_required", message: PUBLISHABLE });
  const message = key === "" ? MISSING : `Invalid API Key provided: ${masked(key)}`;
  throw new StripeError(401, { message }, { "www-authenticate": 'Basic realm="Stripe"' });
}

function readKey(authorization: string): string {
  const [, scheme, credentials = ""] = authorization.match(/^(Bearer|Basic) +(\S+)$/i) ?? [];
  if (scheme?.toLowerCase() !== "basic") return credentials;
  try {
    return atob(credentials).split(":")[0]!;
  } catch {
    return ""; // invalid base64 has no key
  }
}

/** For example `sk_test_****wxyz`, with a star for every hidden character. */
export function masked(key: string, visible = 4): string {
  const prefix = key.match(/^[a-z]+_(test|live)_/)?.[0] ?? "";
  const shown = key.length - prefix.length > visible ? visible : 0;
  return prefix + "*".repeat(key.length - prefix.length - shown) + key.slice(key.length - shown);
}
