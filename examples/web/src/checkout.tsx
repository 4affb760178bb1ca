import { useAuth } from "@clerk/react";
import { BillingError, type PriceFields } from "@clerk-stripe-supabase/client";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link, useLocation, useSearch } from "wouter";
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
  const checkout = useMutation({
    mutationFn: async (paidIn: string) => {
      const { url } = await billing.checkout.create({
        for: owner.for,
        price: price.id,
        currency: paidIn,
        success_url: `${location.origin}/success?for=${owner.for}&session_id={CHECKOUT_SESSION_ID}`,
        cancel_url: `${location.origin}/`,
      }).catch((error) => {
        // Stripe bills a customer in one currency.
        if (!BillingError.is(error, "currency_mismatch") || !error.hint?.currency) throw error;
        throw new BillingError({
          ...error,
          message: `You pay in ${error.hint.currency.toUpperCase()}: select it above`,
        });
      });
      location.assign(url);
    },
  });
  useBuyOnArrival(price, Boolean(isSignedIn), () => checkout.mutate(currencyOf(price, currency)));

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
      <Button
        look={look}
        className="w-full"
        // The page is left when it has succeeded.
        busy={!isLoaded || checkout.isPending || checkout.isSuccess}
        onClick={() => checkout.mutate(currencyOf(price, currency))}
      >
        {label}
      </Button>
      {checkout.error && <Failure title="The payment page cannot be opened" error={checkout.error} />}
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
