import { deepStrictEqual } from "node:assert/strict";
import { createBilling } from "./billing.ts";
import type { BillingServer } from "./server.ts";
import type { SupabaseLike } from "./supabase_like.ts";
import { fakeClock } from "./testing/fake_clock.ts";
import { type Answer, fakeSupabase, json, offline, SERVICES } from "./testing/fake_supabase.ts";

const state = (status: string): Answer => json({ status, entitlements: [] });

/** Supabase with Realtime. */
function withRealtime(...answers: Answer[]) {
  const changes: (() => void)[] = [];
  const tables: string[] = [];
  const removed: unknown[] = [];
  let report: (status: string) => void;
  const channel = {
    on(_type: string, { table }: { table: string }, callback: () => void) {
      tables.push(table);
      changes.push(callback);
      return channel;
    },
    subscribe: (callback: (status: string) => void) => report = callback,
  };
  const supabase = {
    ...fakeSupabase(...answers),
    channel: () => channel,
    removeChannel: (one: unknown) => removed.push(one),
  };
  return { supabase, tables, removed, change: () => changes[0]!(), report: (status: string) => report(status) };
}

/** Watches, and collects what it calls back with. */
function watching(
  supabase: SupabaseLike | BillingServer,
  options: Parameters<ReturnType<typeof createBilling>["subscription"]["watch"]>[1] = {},
) {
  const seen: string[] = [];
  const end = createBilling(supabase, { retries: 0 }).subscription.watch(({ status }) => seen.push(status), options);
  return { seen, end };
}

for (const [service, fake] of Object.entries(SERVICES)) {
  Deno.test(`${service}: without Realtime watch reads at intervals and calls back with what is new`, async () => {
    using clock = fakeClock();
    const supabase = fake(state("none"), state("none"), state("active"));
    const { seen, end } = watching(supabase, { for: "organization" });
    await clock.advance(0);
    deepStrictEqual([seen, supabase.calls[0]!.name], [["none"], "stripe-subscription?for=organization"]);
    await clock.advance(30_000);
    deepStrictEqual([supabase.calls.length, seen], [2, ["none"]]);
    await clock.advance(30_000);
    deepStrictEqual(seen, ["none", "active"]);
    end();
    await clock.advance(100_000);
    deepStrictEqual(supabase.calls.length, 3);
  });
}

Deno.test("a failed read is reported, and the next one is made all the same", async () => {
  using clock = fakeClock();
  const errors: unknown[] = [];
  const { seen, end } = watching(fakeSupabase(offline, state("active")), {
    interval: 5,
    onError: (error) => errors.push((error as { code: string }).code),
  });
  await clock.advance(5);
  deepStrictEqual([errors, seen], [["network_error"], ["active"]]);
  end();
});

Deno.test("a signal ends watch, also during a read and before it begins", async () => {
  using clock = fakeClock();
  const controller = new AbortController();
  const supabase = fakeSupabase(state("active"));
  const { seen } = watching(supabase, { signal: controller.signal });
  controller.abort();
  await clock.advance(100_000);
  deepStrictEqual([seen, supabase.calls.length], [[], 1]);

  const never = withRealtime(state("active"));
  watching(never.supabase, { signal: AbortSignal.abort() });
  await clock.advance(100_000);
  deepStrictEqual([never.supabase.calls.length, never.removed.length], [0, 1]);
});

Deno.test("with Realtime watch reads after a change, and else every five minutes", async () => {
  using clock = fakeClock();
  const { supabase, tables, removed, change, report } = withRealtime(state("none"), state("none"), state("active"));
  const { seen, end } = watching(supabase);
  deepStrictEqual(tables, ["stripe_changes"]);
  report("SUBSCRIBED");
  await clock.advance(299_999);
  deepStrictEqual([supabase.calls.length, seen], [2, ["none"]], "read at the start, and once it listens");
  change();
  await clock.advance(0);
  deepStrictEqual(seen, ["none", "active"]);
  await clock.advance(300_000);
  deepStrictEqual(supabase.calls.length, 4);
  end();
  deepStrictEqual(removed.length, 1);
});

Deno.test("changes that come during a read lead to one more read", async () => {
  using clock = fakeClock();
  const { supabase, change, report } = withRealtime(state("none"));
  const { end } = watching(supabase);
  report("SUBSCRIBED");
  for (let count = 0; count < 10; count++) change();
  await clock.advance(0);
  deepStrictEqual(supabase.calls.length, 2);
  end();
});

Deno.test("a channel that cannot be joined is removed, and changes are polled", async () => {
  for (const status of ["CHANNEL_ERROR", "TIMED_OUT"]) {
    using clock = fakeClock();
    const { supabase, removed, report } = withRealtime(state("none"));
    const { end } = watching(supabase);
    report(status);
    report("CLOSED");
    await clock.advance(90_000);
    deepStrictEqual([removed.length, supabase.calls.length], [1, 4]);
    end();
    deepStrictEqual(removed.length, 1);
  }
});

Deno.test("a channel that is lost is polled for until it has joined again", async () => {
  using clock = fakeClock();
  const { supabase, removed, report } = withRealtime(state("none"));
  const { end } = watching(supabase);
  await clock.advance(0);
  report("SUBSCRIBED");
  await clock.advance(0);
  report("CHANNEL_ERROR");
  report("CHANNEL_ERROR");
  await clock.advance(60_000);
  deepStrictEqual([removed.length, supabase.calls.length], [0, 5]);
  report("SUBSCRIBED");
  await clock.advance(299_000);
  deepStrictEqual(supabase.calls.length, 6);
  end();
});

Deno.test("where there is no WebSocket changes are polled", async () => {
  using clock = fakeClock();
  const supabase = {
    ...fakeSupabase(state("active")),
    channel() {
      throw new Error("No WebSocket");
    },
  };
  const { seen, end } = watching(supabase);
  await clock.advance(30_000);
  deepStrictEqual([seen, supabase.calls.length], [["active"], 2]);
  end();
});
