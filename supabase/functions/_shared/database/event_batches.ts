import { handOverReads } from "../reads.ts";
import { batched } from "./batched.ts";
import { rpc } from "./client.ts";
import { json } from "./json.ts";
import type { Fetched } from "./mirror.ts";
import type { ArrivedEvent, EventClaim } from "./webhook_events.ts";

/** What an event needs of the database: its claim, and later the record of what was fetched for it. */
type Item = { readonly event: ArrivedEvent } | { readonly fetched: Fetched };

/** Claims and records go into one call: while events arrive in a burst, both come up in the same moment. */
const exchange = batched(async (items: Item[]): Promise<(EventClaim | null)[]> => {
  const events = items.flatMap((item) => "event" in item ? item.event : []);
  const fetches = items.flatMap((item) => "fetched" in item ? item.fetched : []);
  const claims = (await call(events, fetches)).values();
  return items.map((item) => "event" in item ? claims.next().value! : null);
});

function call(events: ArrivedEvent[], fetches: Fetched[]): Promise<EventClaim[]> {
  if (fetches.length === 0) return rpc("claim_events", { events: json(events) });
  return handOverReads(async (reads) => {
    const fetched = { fetches: json(fetches), reads };
    if (events.length > 0) return await rpc("record_and_claim", { ...fetched, events: json(events) });
    await rpc("record_fetches", fetched);
    return [];
  });
}

export const claimInBatch = async (event: ArrivedEvent): Promise<EventClaim> => (await exchange({ event }))!;

export const recordInBatch = async (fetched: Fetched): Promise<void> => void await exchange({ fetched });
