/** `subscription.watch` with the real supabase-js, against a server that speaks Realtime's protocol. */
import { assertEquals } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { createBilling } from "../../packages/client/mod.ts";
import { startRealtimeServer } from "./realtime_server.ts";

const NEVER = 1_000_000_000;

function openBilling(url: string) {
  const supabase = createClient(url, "sb_publishable_test", { accessToken: () => Promise.resolve("token_of_ada") });
  return { supabase, billing: createBilling(supabase, { retries: 0 }) };
}

Deno.test("watch reads again when Realtime reports a change, and leaves the channel at its end", async () => {
  let status = "none";
  await using server = startRealtimeServer(() => ({ status, entitlements: [] }));
  const { supabase, billing } = openBilling(server.url);
  const active = Promise.withResolvers<void>();
  const seen: string[] = [];
  const end = billing.subscription.watch((state) => {
    seen.push(state.status);
    if (state.status === "active") active.resolve();
  }, { interval: NEVER });

  const { bindings, options, token } = await server.joined;
  assertEquals(bindings, [{ event: "INSERT", schema: "public", table: "stripe_changes" }]);
  assertEquals([options, token], [{ wait: true }, "token_of_ada"]);
  while (seen.length === 0) await new Promise((resume) => setTimeout(resume, 5));
  status = "active";
  server.report("stripe_changes");
  await active.promise;
  assertEquals(seen, ["none", "active"]);

  end();
  await server.left;
  await supabase.removeAllChannels();
  supabase.realtime.disconnect();
});

Deno.test("watch polls where Realtime does not publish the table", async () => {
  let reads = 0;
  await using server = startRealtimeServer(() => ({ status: `read ${++reads}`, entitlements: [] }));
  server.refuse();
  const { supabase, billing } = openBilling(server.url);
  const third = Promise.withResolvers<void>();
  const end = billing.subscription.watch(() => {
    if (reads === 3) third.resolve();
  }, { interval: 20 });
  await third.promise;
  end();
  while (supabase.getChannels().length > 0) await new Promise((resume) => setTimeout(resume, 5));
  supabase.realtime.disconnect();
});
