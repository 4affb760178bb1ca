import postgres from "postgres";
import { json, serve, stripe } from "../shared.ts";

// On Deno 2.1.4 the driver crashes when a connection pipelines writes, so each connection runs one query at a time.
const sql = postgres(Deno.env.get("BASELINE_DATABASE_URL")!, { max: 32, max_pipeline: 1, onnotice() {} } as object);

/** Writes the event's payload, without a ledger and without fetching the object from Stripe. */
export default serve(async (request) => {
  const event = await stripe.webhooks.constructEventAsync(
    await request.text(),
    request.headers.get("stripe-signature")!,
    Deno.env.get("STRIPE_WEBHOOK_SECRET")!,
  );
  const object = event.data.object as { id: string };
  await sql`
    insert into baseline_products (id, data) values (${object.id}, ${sql.json(object as never)})
    on conflict (id) do update set data = excluded.data`;
  return json({ outcome: "processed" });
});
