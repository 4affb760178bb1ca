/** What is inside Clerk's public keys: functions and commands read them in the same way. */

/**
 * The domain in a publishable key, `pk_test_<base64 of "domain$">`, or undefined when the key is malformed.
 * https://clerk.com/docs/deployments/clerk-environment-variables
 */
export function clerkDomainOf(publishableKey: string): string | undefined {
  const [, encoded] = publishableKey.match(/^pk_(?:test|live)_([A-Za-z0-9+/]+=*)$/) ?? [];
  try {
    return atob(encoded ?? "").match(/^([a-z0-9.-]+)\$$/i)?.[1];
  } catch {
    return undefined;
  }
}

/** The issuer of the tokens of the instance that a publishable key names. */
export function issuerOf(publishableKey: string): string | undefined {
  const domain = clerkDomainOf(publishableKey);
  return domain && `https://${domain}`;
}

const PEM = /-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----/g;

/**
 * The public keys in a text, each in the form that programs write. A person or a tool may have written the line breaks as
 * `\n`, as `\r\n`, as spaces or not at all, and quotes or commas around the keys.
 *
 * @returns undefined when there is none, or when something else is in the text
 */
export function publicKeysOf(text: string): string[] | undefined {
  const lines = text.replace(/\\+[nr]/g, "\n");
  if (!/^[\s"',]*$/.test(lines.replace(PEM, ""))) return undefined;
  const keys = Array.from(lines.matchAll(PEM), ([, body = ""]) => {
    const base64 = body.replace(/\s/g, "");
    return `-----BEGIN PUBLIC KEY-----\n${base64.replace(/.{64}(?=.)/g, "$&\n")}\n-----END PUBLIC KEY-----`;
  });
  return keys.length > 0 ? keys : undefined;
}
