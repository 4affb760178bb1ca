/** How a call or a look ends without a customer. */
export class Refusal {
  constructor(
    readonly code: "customer_busy" | "stripe_unavailable" | "rate_limited" | "database_unavailable" | "not_configured",
    readonly retryAfter = 1,
  ) {}
}
