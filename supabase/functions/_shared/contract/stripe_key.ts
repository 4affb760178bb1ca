/** How the database knows a Stripe key: functions and commands name it in the same way. */

/** Hexadecimal digits: enough for no two keys to share them, and no help to guess a key. */
const DIGITS = 16;

/** A secret key's mode and the beginning of its SHA-256, such as `test_3f9c…`: the `stripe_key` of each SQL function. */
export async function stripeKeyOf(secretKey: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secretKey));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${secretKey.includes("_live_") ? "live" : "test"}_${hex.slice(0, DIGITS)}`;
}
