/** How a call or a worker ends without an answer; the codes are those of the functions. */
export class CallError {
  constructor(
    readonly code:
      | "already_subscribed"
      | "payment_pending"
      | "checkout_in_progress"
      | "checkout_busy"
      | "customer_busy"
      | "account_closed"
      | "stripe_unavailable"
      | "database_unavailable",
  ) {}
}
