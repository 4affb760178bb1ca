import { DEFAULTS } from "../../../../supabase/functions/_shared/contract/variables.ts";
import { type Finding, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** No owner pays twice for one slot. */
export async function checkDuplicates({ database, variables }: DoctorTarget): Promise<Finding[]> {
  const slotBy = variables.CHECKOUT_SLOT === "product" ? "product" : DEFAULTS.CHECKOUT_SLOT;
  const [found] = await database.query<{ owner_id: string; total: number; flagged: number }>(
    `select owner_id, count(*) over ()::int as total, (
      select count(*) from billing.duplicates where outcome = 'flagged' and subscription = any (subscriptions)
    )::int as flagged
    from billing.duplicate_subscriptions where slot_by = '${slotBy}' limit 1`,
  );
  if (found === undefined) return [ok("Duplicates: no owner has two live subscriptions in one slot")];
  return [wrong(
    `Duplicates: ${found.total} slots have two live subscriptions or more, first of ${found.owner_id}`,
    found.flagged > 0
      ? `end one at Stripe; list them with "select * from billing.duplicates where outcome = 'flagged'"`
      : `the reconcile ends them, see its log; list them with "select * from billing.duplicate_subscriptions"`,
  )];
}
