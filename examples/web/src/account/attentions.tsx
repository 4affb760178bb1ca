import type { Attention } from "@clerk-stripe-supabase/client";
import { buttonClass } from "../ui/button.tsx";

const TEXTS: Record<Attention["reason"], string> = {
  past_due: "A payment has failed. Pay it to keep your access.",
  unpaid: "An invoice is unpaid.",
  incomplete: "The first payment is not complete.",
  action_required: "Your bank asks you to confirm a payment.",
  paused: "The subscription is paused until you add a card.",
  trial_ending: "The trial ends soon. Add a card to keep your access.",
};

/** What the owner has to do. */
export const Attentions = ({ attention }: { attention: readonly Attention[] }) =>
  attention.map(({ subscription, reason, pay_url }) => (
    <div
      key={subscription + reason}
      role="status"
      className="border-warning bg-card flex flex-wrap items-center justify-between gap-4 rounded-xl border p-4"
    >
      <p>{TEXTS[reason]}</p>
      {pay_url && <a href={pay_url} className={buttonClass("primary")}>Pay now</a>}
    </div>
  ));
