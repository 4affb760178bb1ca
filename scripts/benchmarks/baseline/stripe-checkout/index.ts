import { createClient } from "@supabase/supabase-js";
import { json, requireUser, serve, stripe } from "../shared.ts";

export default serve(async (request) => {
  const userId = await requireUser(request);
  const { price, success_url, cancel_url } = await request.json();
  const supabase = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_SERVICE_ROLE_KEY")!, {
    auth: { autoRefreshToken: false, persistSession: false },
  });
  const { data: known, error } = await supabase.from("stripe_customer_mapping")
    .select("stripe_customer_id").eq("clerk_user_id", userId).single();
  if (error) throw error;

  const { url } = await stripe.checkout.sessions.create({
    mode: "subscription",
    customer: known.stripe_customer_id,
    line_items: [{ price, quantity: 1 }],
    success_url,
    cancel_url,
  });
  return json({ url }, 201);
});
