/** How a call or a refresh ends without a customer; the codes are those of the functions. */
export class CallError {
  constructor(
    readonly code: "customer_busy" | "stripe_unavailable" | "rate_limited" | "database_unavailable" | "not_configured",
    readonly retryAfter = 1,
  ) {}
}
