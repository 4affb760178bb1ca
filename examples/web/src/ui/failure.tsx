import { BillingError } from "@clerk-stripe-supabase/client";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Button } from "./button.tsx";

interface FailureProps {
  /** What did not work, such as `The plans cannot be loaded`. */
  readonly title: string;
  readonly error: Error;
  readonly retry?: () => void;
}

/** An error with its reason, what to do next, and what support needs to find it in the log. */
export function Failure({ title, error, retry }: FailureProps) {
  const { code, requestId } = BillingError.is(error) ? error : {};
  return (
    <div role="alert" className="border-destructive bg-card space-y-2 rounded-lg border p-4">
      <p className="text-destructive font-medium">{title}</p>
      <p>{reasonOf(error)}</p>
      {code && <p className="text-muted-foreground text-sm break-all">{requestId ? `${code} · ${requestId}` : code}</p>}
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

function reasonOf(error: Error): ReactNode {
  if (!BillingError.is(error)) return error.message;
  switch (error.code) {
    case "network_error":
      return "There was no answer. Check your connection.";
    case "platform_error":
      return "The service is not available right now.";
    case "unauthenticated":
      return <Link href="/sign-in" className="underline">Sign in first</Link>;
    case "forbidden":
      return "Your role in this organization may not do this. Ask an administrator.";
    case "already_subscribed":
      return (
        <>
          There is a subscription already. <Link href="/account" className="underline">Change it in the account</Link>.
        </>
      );
    case "already_purchased":
      return "It was bought already, and can be bought once.";
    case "currency_mismatch":
      // Stripe bills a customer in one currency.
      return `You pay in ${error.hint?.currency?.toUpperCase() ?? "another currency"}: select it above.`;
    case "payment_pending":
      return "An earlier payment for it is still being processed.";
    default:
      return `${error.message}.`;
  }
}
