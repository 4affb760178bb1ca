import { createHmac } from "node:crypto";

/**
 * The `Stripe-Signature` of a payload: https://docs.stripe.com/webhooks#verify-manually
 *
 * @param time The time of sending, in seconds of the real clock, which the receiver compares with its own
 */
export function sign(payload: string, secret: string, time: number): string {
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${payload}`).digest("hex")}`;
}
