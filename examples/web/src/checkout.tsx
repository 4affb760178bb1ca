import { useAuth } from "@clerk/react";
import type { PriceFields } from "@clerk-stripe-supabase/client";
import { useEffect, useRef } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { useLeave } from "./leave.ts";
import { currencyOf } from "./prices.ts";
import { useBilling, useOwner } from "./project.tsx";
import { Button, buttonClass } from "./ui/button.tsx";
import { Failure } from "./ui/failure.tsx";

interface BuyProps {
  readonly price: PriceFields;
  readonly currency: string;
  readonly label: string;
  readonly highlight?: boolean;
}

/** Opens Stripe's payment page; a visitor signs in before, and goes on from there. */
export function Buy({ price, currency, label, highlight = false }: BuyProps) {
  const { isLoaded, isSignedIn } = useAuth();
  const owner = useOwner();
  const billing = useBilling();
  const look = highlight ? "primary" : "plain";
  const paidIn = currencyOf(price, currency);
  const { leave, busy, error } = useLeave(() =>
    billing.checkout.create({
      for: owner.for,
      price: price.id,
      currency: paidIn,
      success_url: `${location.origin}/success?for=${owner.for}&session_id={CHECKOUT_SESSION_ID}`,
      cancel_url: `${location.origin}/`,
    })
  );
  useBuyOnArrival(price, Boolean(isSignedIn), leave);

  if (isLoaded && !isSignedIn) {
    const back = `/?buy=${encodeURIComponent(price.id)}&currency=${currency}`;
    return (
      <Link href={`/sign-in?redirect_url=${encodeURIComponent(back)}`} className={`${buttonClass(look)} w-full`}>
        {label}
      </Link>
    );
  }
  return (
    <div className="space-y-3">
      <Button look={look} className="w-full" busy={!isLoaded || busy} onClick={() => leave()}>
        {label}
      </Button>
      {error && <Failure title="The payment page cannot be opened" error={error} />}
    </div>
  );
}

/** Goes on with what a visitor chose before the sign-in, once. */
function useBuyOnArrival({ id }: PriceFields, isSignedIn: boolean, buy: () => void): void {
  const [, navigate] = useLocation();
  const chosen = new URLSearchParams(useSearch()).get("buy");
  const begun = useRef(false);
  useEffect(() => {
    if (chosen !== id || !isSignedIn || begun.current) return;
    begun.current = true;
    navigate("/", { replace: true });
    buy();
  });
}
