/**
 * The domain in a publishable key, `pk_test_<base64 of "domain$">`, or undefined when the key is malformed.
 * https://clerk.com/docs/deployments/clerk-environment-variables
 */
export function clerkDomainOf(publishableKey: string): string | undefined {
  const [, encoded] = publishableKey.match(/^pk_(?:test|live)_([A-Za-z0-9+/_-]+=*)$/) ?? [];
  try {
    return atob(encoded ?? "").match(/^([a-z0-9.-]+\.[a-z0-9-]+)\$$/i)?.[1];
  } catch {
    return undefined;
  }
}

/** The issuer of the tokens of the instance that a publishable key names. */
export function issuerOf(publishableKey: string): string | undefined {
  const domain = clerkDomainOf(publishableKey);
  return domain && `https://${domain}`;
}
