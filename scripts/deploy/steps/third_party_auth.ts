/** The token issuers that the project's Data API accepts. https://supabase.com/docs/guides/auth/third-party/clerk */
import type { ManagementApi } from "../target/management_api.ts";

const PATH = "/config/auth/third-party-auth";

interface Integration {
  readonly oidc_issuer_url?: string | null;
}

/** Whether a Clerk instance is registered. */
export async function isRegistered(api: ManagementApi, issuer: string): Promise<boolean> {
  const integrations = await api.get<Integration[]>(PATH);
  return integrations.some(({ oidc_issuer_url }) => oidc_issuer_url?.replace(/\/+$/, "") === issuer);
}

/** Registers a Clerk instance unless it is registered. @returns Whether it was registered now. */
export async function registerClerk(api: ManagementApi, issuer: string): Promise<boolean> {
  if (await isRegistered(api, issuer)) return false;
  await api.post(PATH, { oidc_issuer_url: issuer });
  return true;
}

/** Instructions for when the API refuses. */
export const registerClerkByHand = (ref: string, issuer: string): string =>
  `open https://supabase.com/dashboard/project/${ref}/auth/third-party, add "Clerk" and enter "${issuer}"`;
