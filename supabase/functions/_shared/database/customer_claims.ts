import type Stripe from "stripe";
import { rpc } from "./client.ts";
import { json } from "./json.ts";

/** The customer exists. Stale: it was not fetched for a day. */
export interface KnownCustomer {
  step: "known";
  customer_id: string;
  stale: boolean;
}

/** The caller's lease of 30 seconds: create the customer, or look up one created between the two times (Unix seconds). */
export interface OpenClaim {
  step: "create" | "lookup";
  generation: number;
  deployment_id: string;
  ticket: number;
  created_from: number;
  created_to: number;
}

/** Another caller has the lease. */
export interface Wait {
  step: "wait";
  /** In seconds. */
  retry_after: number;
}

/** The owner's customer after a completion, null when there is none, and whether this completion mapped it. */
export interface Completion {
  customer_id: string | null;
  won: boolean;
}

/** @param owner_id A Clerk user or organization. */
export const claimCustomer = (owner_id: string) => rpc("claim_customer", { owner_id });

/** Begins the next generation, because this one left no living customer. */
export const renewCustomer = (owner_id: string, generation: number) => rpc("renew_customer", { owner_id, generation });

/** Maps the owner to a customer as just fetched from Stripe. */
export const completeCustomer = (owner_id: string, { generation, ticket }: OpenClaim, customer: Stripe.Customer) =>
  rpc("complete_customer", { owner_id, generation, ticket, customer: json(customer) });

/** Reports a creation whose result is unknown. */
export const failCustomer = (owner_id: string, generation: number) => rpc("fail_customer", { owner_id, generation });

/** Reports that no customer of this generation was created after this second. The next lookup resumes there. */
export const recordLookup = (owner_id: string, generation: number, created_to: number) =>
  rpc("record_lookup", { owner_id, generation, created_to });

/** @returns The owner's customer, null for none. */
export const findCustomer = async (owner_id: string) => (await rpc("find_customer", { owner_id })).customer_id;
