import type Stripe from "stripe";
import { json, rpc } from "./client.ts";

/** It is known: here it is. Stale: nobody has looked at it for a day. */
export interface KnownCustomer {
  step: "known";
  customer_id: string;
  stale: boolean;
}

/** The caller's turn, for 30 seconds: create it, or look for what may have been created between the two times (Unix seconds). */
export interface OpenClaim {
  step: "create" | "lookup";
  generation: number;
  deployment_id: string;
  ticket: number;
  created_from: number;
  created_to: number;
}

/** Somebody else's turn. */
export interface Wait {
  step: "wait";
  /** In seconds. */
  retry_after: number;
}

export const claimCustomer = async (user_id: string) =>
  await rpc("claim_customer", { user_id }) as KnownCustomer | OpenClaim | Wait;

export const renewCustomer = async (user_id: string, generation: number) =>
  await rpc("renew_customer", { user_id, generation }) as
    | (OpenClaim & { step: "create" })
    | Wait;

/** @returns The user's customer now, null when there is none, and whether this call made it so. */
export const completeCustomer = async (user_id: string, { generation, ticket }: OpenClaim, customer: Stripe.Customer) =>
  await rpc("complete_customer", {
    user_id,
    generation,
    ticket,
    customer: json(customer),
  }) as { customer_id: string | null; won: boolean };

/** A creation ended without an answer to trust. */
export const failCustomer = (user_id: string, generation: number) => rpc("fail_customer", { user_id, generation });

/** @returns The customer that a user has, null for none. */
export const findCustomer = async (user_id: string) => (await rpc("find_customer", { user_id })).customer_id;
