/** `npm run leave -- --rehearse`: the rehearsal on a test bed of its own. */
import { rehearse } from "./rehearsal/rehearse.ts";
import { LOCAL } from "../lib/paths.ts";
import { PROOF_SIZES } from "../testbed/proof_sizes.ts";
import { startTestbed } from "../testbed/testbed.ts";

/** @returns The exit code: 1 if anything is lost, doubled or stale */
export async function rehearseLocally(resources: AsyncDisposableStack): Promise<number> {
  const users = Number(Deno.env.get("PROOF_LEAVERS") ?? PROOF_SIZES.PROOF_LEAVERS!.full);
  Deno.mkdirSync(LOCAL, { recursive: true });
  const { url } = await startTestbed(resources);
  Deno.env.set("TESTBED_URL", url);

  const { freezes, lost, doubled, stale, ...counts } = await rehearse(users, resources, console.log);
  const { users: all, customers, subscriptions, events } = counts;
  console.log(`${all} users, ${customers} customers, ${subscriptions} subscriptions, ${events} events`);
  console.log(`Closed for ${freezes.map((freeze) => (freeze / 1000).toFixed(2)).join(", ")} s`);
  for (const [name, items] of Object.entries({ lost, doubled, stale })) {
    console.log(`${items.length} ${name}${items.length === 0 ? "" : `:\n  ${items.slice(0, 20).join("\n  ")}`}`);
  }
  return lost.length + doubled.length + stale.length === 0 ? 0 : 1;
}
