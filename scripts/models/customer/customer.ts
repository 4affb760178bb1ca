/** A Stripe customer, and whose it is. */

/** The account that our database belongs to, and somebody else's. */
export const OURS = 1;
export const OTHER = 2;

export interface Owner {
  user: number;
  deployment: number;
}

/** Our user in our database. */
export const OWNER: Owner = { user: 1, deployment: 1 };
/** Those who could be mistaken for him, in the same account. */
export const OTHER_USER: Owner = { user: 2, deployment: 1 };
export const OTHER_DEPLOYMENT: Owner = { user: 1, deployment: 2 };

/** What a creation says. */
export interface Description extends Owner {
  /** Zero for none: Clerk was down. */
  email: number;
}

export interface Customer extends Description {
  readonly id: number;
  readonly account: number;
  /** Seconds, by Stripe's clock. */
  readonly created: number;
  /** The moments of its life; the second is infinite while it lives. */
  readonly bornAt: number;
  deletedAt: number;
  /** For the promises: a look from after its deletion is recorded; a call has answered 201. */
  deletionRecorded: boolean;
  won: boolean;
}

export const isTheUsers = ({ account, user, deployment }: Customer): boolean =>
  account === OURS && user === OWNER.user && deployment === OWNER.deployment;

export const isAlive = ({ deletedAt }: Customer): boolean => deletedAt === Infinity;
