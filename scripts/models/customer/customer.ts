/** A customer at Stripe. */
import { type Metadata, OUR_ACCOUNT, OUR_DEPLOYMENT, type Owner } from "./owners.ts";

/** What a creation request says. */
export interface Description {
  readonly metadata: Metadata;
  /** Zero for none: Clerk was unavailable, or the customer is not described yet. */
  email: number;
}

export interface Customer extends Description {
  readonly id: number;
  readonly account: number;
  /** The owner it was created for: the invariants use it, the protocol only knows the metadata. */
  readonly owner: Owner;
  /** Seconds, by Stripe's clock. */
  readonly created: number;
  /** The moments of its creation and deletion; the second is infinite while it exists. */
  readonly createdAt: number;
  deletedAt: number;
  /** For the invariants: whether a fetch from after its deletion is recorded, and whether a call answered 201 for it. */
  deletionRecorded: boolean;
  answeredAsCreated: boolean;
}

/** Whether the customer is the owner's in our account and deployment. */
export const belongsTo = ({ account, owner, metadata }: Customer, expected: Owner): boolean =>
  account === OUR_ACCOUNT && owner === expected && metadata.deployment === OUR_DEPLOYMENT;

/** An email that Stripe refuses, with the request that has it. */
export const REFUSED_EMAIL = -1;
export const isRefused = (email: number): boolean => email === REFUSED_EMAIL;

export const isLiving = ({ deletedAt }: Customer): boolean => deletedAt === Infinity;

export const existedTogether = (one: Customer, other: Customer): boolean =>
  one.deletedAt > other.createdAt && other.deletedAt > one.createdAt;
