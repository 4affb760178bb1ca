/**
 * A typed client for the Stripe billing functions of a Supabase project.
 *
 * @module
 */
export * from "./billing.ts";
export * from "./billing_error.ts";
export type { BillingOptions, CallOptions } from "./call.ts";
export type { AnyCatalog, PriceOf, WithPrice } from "./catalog.ts";
export type * from "./contract.ts";
export type { BillingServer } from "./server.ts";
export type { ChannelLike, SupabaseLike } from "./supabase_like.ts";
// Instead of the contract's, which has no method.
export type { SubscriptionState } from "./types.ts";
export type * from "./types.ts";
export type { WaitOptions } from "./wait_for.ts";
export type { WatchOptions } from "./watch.ts";
