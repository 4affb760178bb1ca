/** `pk_test_<base64 of "domain$">` → `https://domain`. https://clerk.com/docs/deployments/clerk-environment-variables */
export function issuerOf(publishableKey: string): string | undefined {
  const [, encoded] = publishableKey.match(/^pk_(?:test|live)_([A-Za-z0-9+/_-]+=*)$/) ?? [];
  try {
    const [, domain] = atob(encoded ?? "").match(/^([a-z0-9.-]+)\$$/i) ?? [];
    return domain && `https://${domain}`;
  } catch {
    return undefined;
  }
}
