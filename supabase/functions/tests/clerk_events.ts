/** Events as Clerk sends them, about any owner. */
import type { Stack } from "./stack.ts";

export interface ClerkMessage {
  readonly id: string;
  readonly body: string;
}

/** The instance that the stack's secret key belongs to. */
export const instanceOf = async ({ clerk }: Stack) => (await clerk<{ id: string }>("GET", "/v1/instance")).id;

/** A message of the stack's own instance, with a new id. */
export async function makeClerkEvent(
  stack: Stack,
  type: string,
  data: object,
  fields: Record<string, unknown> = {},
): Promise<ClerkMessage> {
  const event = { type, object: "event", data, timestamp: Date.now(), instance_id: await instanceOf(stack), ...fields };
  return { id: `msg_${crypto.randomUUID().replaceAll("-", "")}`, body: JSON.stringify(event) };
}

interface Signing {
  /** Default: the stack's. */
  secret?: string;
  /** Unix seconds; default now. */
  timestamp?: number;
}

/** The headers of a message. https://docs.svix.com/receiving/verifying-payloads/how-manual */
export async function clerkHeaders(
  stack: Stack,
  { id, body }: ClerkMessage,
  { secret = stack.clerk_webhook_secret, timestamp = Math.floor(Date.now() / 1_000) }: Signing = {},
): Promise<Record<string, string>> {
  const raw = Uint8Array.from(atob(secret.slice("whsec_".length)), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signed = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  const signature = btoa(String.fromCharCode(...new Uint8Array(signed)));
  return { "svix-id": id, "svix-timestamp": String(timestamp), "svix-signature": `v1,${signature}` };
}

/** Sends a message as Clerk does. */
export async function deliverClerk(stack: Stack, message: ClerkMessage, signing: Signing = {}): Promise<Response> {
  const headers = await clerkHeaders(stack, message, signing);
  return await stack.call("clerk-webhook", { method: "POST", body: message.body, headers });
}
