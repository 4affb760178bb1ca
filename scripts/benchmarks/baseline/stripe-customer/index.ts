import { createClerkClient } from "@clerk/backend";
import { createClient } from "@supabase/supabase-js";
import { json, requireUser, serve, stripe } from "../shared.ts";

const clerk = createClerkClient({
  secretKey: Deno.env.get("CLERK_SECRET_KEY")!,
  apiUrl: Deno.env.get("CLERK_API_URL"),
  telemetry: { disabled: true },
});
const livemode = Deno.env.get("STRIPE_SECRET_KEY")!.includes("_live_");

export default serve(async (request) => {
  const userId = await requireUser(request);
  const supabase = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_SERVICE_ROLE_KEY")!, {
    auth: { autoRefreshToken: false, persistSession: false },
  });
  const mapping = supabase.from("stripe_customer_mapping");

  const { data: known, error } = await mapping.select("stripe_customer_id").eq("clerk_user_id", userId).maybeSingle();
  if (error) throw error;
  if (known) return json({ customer_id: known.stripe_customer_id, livemode, created: false });
  if (request.method === "GET") return json({ error: "This user has no customer" }, 404);

  const user = await clerk.users.getUser(userId);
  const customer = await stripe.customers.create({
    email: user.primaryEmailAddress?.emailAddress,
    name: user.fullName ?? undefined,
    metadata: { clerk_user_id: userId },
  });
  const { error: refused } = await mapping.insert({ clerk_user_id: userId, stripe_customer_id: customer.id });
  if (refused) throw refused;
  return json({ customer_id: customer.id, livemode, created: true }, 201);
});
