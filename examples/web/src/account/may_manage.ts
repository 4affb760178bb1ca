import { BillingError } from "@clerk-stripe-supabase/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useBilling, useOwner } from "../project.tsx";
import { invoicesQuery } from "../queries.ts";

/** Whether the user may see invoices and change the billing: the functions refuse a member without a billing role. */
export function useMayManage(): boolean {
  const { error } = useInfiniteQuery(invoicesQuery(useBilling(), useOwner()));
  return !BillingError.is(error, "forbidden");
}
