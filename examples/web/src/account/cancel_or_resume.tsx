import type { OwnedSubscription } from "@clerk-stripe-supabase/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { formatDate } from "../money.ts";
import { useBilling, useOwner } from "../project.tsx";
import { subscriptionKey } from "../queries.ts";
import { Button } from "../ui/button.tsx";
import { Failure } from "../ui/failure.tsx";

export function CancelOrResume({ subscription }: { subscription: OwnedSubscription }) {
  const billing = useBilling();
  const owner = useOwner();
  const queries = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const input = { for: owner.for, subscription: subscription.id };
  const { mutate, isPending, error } = useMutation({
    mutationFn: (resumes: boolean) => resumes ? billing.subscription.resume(input) : billing.subscription.cancel(input),
    onSettled: () => queries.invalidateQueries({ queryKey: subscriptionKey(owner) }),
  });

  const { will_cancel_at, current_period_end } = subscription;
  return (
    <>
      {will_cancel_at !== null
        ? <Button look="primary" busy={isPending} onClick={() => mutate(true)}>Keep the subscription</Button>
        : <Button busy={isPending} onClick={() => dialog.current?.showModal()}>Cancel the subscription</Button>}
      {error && <Failure title="The subscription was not changed" error={error} />}
      <dialog
        ref={dialog}
        aria-labelledby="cancel-title"
        className="bg-card text-foreground border-line m-auto max-w-md rounded-xl border p-6 backdrop:bg-black/50"
      >
        <h3 id="cancel-title" className="text-lg font-semibold">Cancel the subscription?</h3>
        <p className="text-muted-foreground mt-2 mb-6">
          You keep what you have paid for{current_period_end === null
            ? ""
            : ` until ${formatDate(current_period_end)}`}.
        </p>
        <form method="dialog" className="flex flex-wrap justify-end gap-3">
          <Button type="submit">Go back</Button>
          <Button type="submit" look="danger" onClick={() => mutate(false)}>Cancel it</Button>
        </form>
      </dialog>
    </>
  );
}
