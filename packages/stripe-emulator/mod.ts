/** Stripe's API as far as this project needs it; README.md lists how it differs from the real one. */
export { createStripe, type StripeOptions } from "./server.ts";
export { emptyState, type StripeState } from "./state.ts";
