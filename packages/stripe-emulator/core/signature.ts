import { createHmac } from "node:crypto";

/**
 * The `Stripe-Signature` of a payload: https://docs.stripe.com/webhooks#verify-manually
 *
 * @param time When it is sent, in seconds of the real clock: the receiver's tolerance is about that one.
 */
export function sign(payload: string, secret: string, time: number): string {
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${payload}`).digest("hex")}`;
}
