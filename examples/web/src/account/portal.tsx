import type { Flow } from "@clerk-stripe-supabase/client";
import { useLeave } from "../leave.ts";
import { useBilling, useOwner } from "../project.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Failure } from "../ui/failure.tsx";

/** Opens Stripe's customer portal, which leads back to the account. */
export function usePortal() {
  const billing = useBilling();
  const owner = useOwner();
  return useLeave((flow?: Flow) =>
    billing.portal.create({ for: owner.for, return_url: `${location.origin}/account?from-stripe`, flow })
  );
}

export function ManageBilling() {
  const { leave, busy, error } = usePortal();
  return (
    <Card title="Payment methods and billing details">
      <p className="text-muted-foreground">Cards, addresses and tax numbers are kept by Stripe.</p>
      <Button busy={busy} onClick={() => leave(undefined)}>Manage billing</Button>
      {error && <Failure title="The customer portal cannot be opened" error={error} />}
    </Card>
  );
}
