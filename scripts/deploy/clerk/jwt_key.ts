import { importSPKI } from "jose";
import { publicKeysOf } from "../../../supabase/functions/_shared/contract/clerk_keys.ts";

/**
 * The moduli of the keys in CLERK_JWT_KEY, found by importing each: a well-formed key may still be unusable.
 *
 * @returns undefined when one of them cannot be imported
 */
export async function moduliOf(pems: string): Promise<string[] | undefined> {
  try {
    return await Promise.all((publicKeysOf(pems) ?? [pems]).map(async (pem) => {
      const key = await importSPKI(pem, "RS256", { extractable: true }) as CryptoKey;
      return (await crypto.subtle.exportKey("jwk", key)).n ?? "";
    }));
  } catch {
    return undefined;
  }
}
