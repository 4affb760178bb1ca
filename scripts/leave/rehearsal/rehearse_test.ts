import { assert, assertEquals } from "@std/assert";
import { rehearse } from "./rehearse.ts";

const USERS = Number(Deno.env.get("PROOF_LEAVERS") ?? 40);

Deno.test("leaving Supabase, returning and leaving again loses, doubles and leaves stale nothing, with traffic", async () => {
  await using resources = new AsyncDisposableStack();
  const { lost, doubled, stale, users, customers, events, freezes } = await rehearse(USERS, resources);
  assertEquals({ lost, doubled, stale }, { lost: [], doubled: [], stale: [] });
  assertEquals([customers, freezes.length], [users, 3]);
  assert(events >= users, `${events} events of ${users} users`);
});
