import { deepStrictEqual, rejects } from "node:assert/strict";
import { createBilling } from "./billing.ts";
import { BillingError } from "./billing_error.ts";
import { fakeClock } from "./testing/fake_clock.ts";
import { type Answer, json, offline, refuse, SERVICES } from "./testing/fake_supabase.ts";

const state = (status: string): Answer => json({ status, entitlements: [] });
const isActive = ({ status }: { status: string }) => status === "active";

for (const [service, fake] of Object.entries(SERVICES)) {
  Deno.test(`${service}: waitFor reads from Stripe until a state fits`, async () => {
    using clock = fakeClock();
    const supabase = fake(state("none"), state("none"), offline, state("none"), state("active"));
    const billing = createBilling(supabase, { retries: 0 });
    const found = billing.subscription.waitFor(isActive, { session_id: "cs_test_1", for: "organization" });
    const counts = [];
    for (const step of [0, 1_000, 2_000, 3_000, 4_999, 1]) {
      await clock.advance(step);
      counts.push(supabase.calls.length);
    }
    deepStrictEqual(counts, [1, 2, 3, 4, 4, 5]);
    deepStrictEqual((await found)?.status, "active");
    deepStrictEqual(supabase.calls[0]!.name, "stripe-subscription?for=organization&session_id=cs_test_1&sync=true");
  });

  Deno.test(`${service}: waitFor is null when no state fits in time, after a last read at its end`, async () => {
    using clock = fakeClock();
    const supabase = fake(state("none"));
    const found = createBilling(supabase).subscription.waitFor(isActive, { timeout: 4_000 });
    await clock.advance(4_000);
    deepStrictEqual([await found, supabase.calls.length], [null, 4]);
  });

  Deno.test(`${service}: waitFor rejects with a failure that does not pass, with the last one at its end, and with its signal`, async () => {
    using clock = fakeClock();
    const wait = (answer: Answer, signal?: AbortSignal) =>
      createBilling(fake(answer), { retries: 0 }).subscription.waitFor(isActive, { timeout: 2_000, signal });
    await rejects(wait(refuse(404, "session_not_found")), (error) => BillingError.is(error, "session_not_found"));

    const down = rejects(wait(offline), (error) => BillingError.is(error, "network_error"));
    await clock.advance(2_000);
    await down;

    const controller = new AbortController();
    const left = rejects(wait(state("none"), controller.signal), new Error("left"));
    await clock.advance(500);
    controller.abort(new Error("left"));
    await left;
  });
}
