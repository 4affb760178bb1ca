/** Stripe's API for tests and local development; README.md lists the differences from the service. */
export { type Level, type Permissions } from "./core/permissions.ts";
export { sign } from "./core/signature.ts";
export { API_VERSION } from "./core/version.ts";
export type { LocalEndpoint } from "./resources/webhook_endpoint/local_endpoint.ts";
export { createStripe, type StripeEmulator, type StripeOptions } from "./server.ts";
export { emptyState, type StripeState } from "./state.ts";
