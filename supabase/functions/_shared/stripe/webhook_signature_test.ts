/** The verification of signatures, compared with the SDK's. */
import { assertEquals, assertThrows } from "@std/assert";
import Stripe from "stripe";
import { freezeTime } from "../../tests/frozen_time.ts";
import { AppError } from "../errors.ts";

const SECRETS = ["whsec_the_one_before_this_one", "whsec_the_one_of_today_0000"];
Deno.env.set("STRIPE_WEBHOOK_SECRET", SECRETS.join(","));
const { readSignedEvent } = await import("./webhook_signature.ts");

const { webhooks } = new Stripe("sk_test_unit");
const NOW = Math.floor(Date.now() / 1_000);
const payload = JSON.stringify({
  ...{ id: "evt_1", object: "event", type: "product.updated", api_version: null, created: NOW },
  data: { object: { id: "prod_1", name: "Zoë 👩" } },
});

const headerOf = (body: string, secret: string, timestamp = NOW, scheme = "v1") =>
  webhooks.generateTestHeaderStringAsync({ payload: body, secret, timestamp, scheme });
const signatureIn = (header: string) => header.slice(header.indexOf("v1=") + 3);

/** Whether the SDK accepts the signature with one of the secrets. */
async function isAcceptedBySdk(body: string, header: string): Promise<boolean> {
  const verify = (secret: string) =>
    webhooks.signature!.verifyHeaderAsync(body, header, secret, 300).catch(() => false);
  return (await Promise.all(SECRETS.map(verify))).includes(true);
}

function isAccepted(body: string, header: string): boolean {
  try {
    readSignedEvent(body, header);
    return true;
  } catch (error) {
    assertEquals((error as AppError).code, "invalid_signature");
    return false;
  }
}

const valid = await headerOf(payload, SECRETS[1]!);
const signature = signatureIn(valid);

const ACCEPTED: Record<string, [body: string, header: string]> = {
  "of each secret": [payload, await headerOf(payload, SECRETS[0]!)],
  "of the other secret": [payload, valid],
  "as old as is allowed": [payload, await headerOf(payload, SECRETS[1]!, NOW - 300)],
  "of a clock that is ahead": [payload, await headerOf(payload, SECRETS[1]!, NOW + 3_600)],
  "among others": [payload, `t=${NOW},v1=${"0".repeat(64)},v0=abc,v1=${signature},v1=`],
  "with unknown fields": [payload, `${valid},v2=abc,__proto__=1,constructor=2,=,x`],
};

const REFUSED: Record<string, [body: string, header: string]> = {
  "an empty header": [payload, ""],
  "no header": [payload, "nonsense"],
  "no timestamp": [payload, `v1=${signature}`],
  "an empty timestamp": [payload, `t=,v1=${signature}`],
  "a timestamp that is no number": [payload, (await headerOf(payload, SECRETS[1]!)).replace(/t=\d+/, "t=now")],
  "no signature": [payload, `t=${NOW}`],
  "an empty signature": [payload, `t=${NOW},v1=`],
  "another scheme": [payload, await headerOf(payload, SECRETS[1]!, NOW, "v0")],
  "another secret": [payload, await headerOf(payload, "whsec_of_another_account_0000")],
  "two secrets together": [payload, await headerOf(payload, SECRETS.join(","))],
  "too old": [payload, await headerOf(payload, SECRETS[1]!, NOW - 301)],
  "another timestamp": [payload, valid.replace(/t=\d+/, `t=${NOW + 1}`)],
  "the signature in upper case": [payload, `t=${NOW},v1=${signature.toUpperCase()}`],
  "the beginning of the signature": [payload, `t=${NOW},v1=${signature.slice(0, 63)}`],
  "more than the signature": [payload, `t=${NOW},v1=${signature}0`],
  "a changed body": [payload.replace("prod_1", "prod_2"), valid],
  "a body with a space more": [`${payload} `, valid],
  "a body with a byte order mark": [`\ufeff${payload}`, valid],
  "an empty body": ["", valid],
};

Deno.test("A signature is accepted and refused as by Stripe's SDK", async () => {
  using _clock = freezeTime(NOW * 1_000);
  for (const [cases, expected] of [[ACCEPTED, true], [REFUSED, false]] as const) {
    for (const [what, [body, header]] of Object.entries(cases)) {
      assertEquals([isAccepted(body, header), await isAcceptedBySdk(body, header)], [expected, expected], what);
    }
  }
});

Deno.test("A header without a signature is refused when it is missing", () => {
  assertEquals(assertThrows(() => readSignedEvent(payload, null), AppError).code, "invalid_signature");
});

Deno.test("A signed body that is no event is an invalid request", async () => {
  for (const body of ["", "{", "null", "[]", '"event"', "{}", '{"object": "event", "id": 1}']) {
    const header = await headerOf(body, SECRETS[1]!);
    const error = assertThrows(() => readSignedEvent(body, header), AppError);
    assertEquals(error.code, "invalid_request", body);
  }
});
