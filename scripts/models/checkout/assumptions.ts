/** What the protocol assumes of Stripe and of other sellers. It guarantees nothing where an assumption does not hold. */
export interface Assumptions {
  /** After an acknowledged expiry no new subscription comes of the session; one that exists already may still be paid. */
  expiryIsFinal: boolean;
  /** What came of a session that is not open any more is in the list of subscriptions. */
  listIsCurrent: boolean;
  /** Only checkouts put a live subscription into a slot: no operator and no plan change in the portal. */
  onlyCheckoutsSell: boolean;
}

export const ASSUMPTIONS: Assumptions = { expiryIsFinal: true, listIsCurrent: true, onlyCheckoutsSell: true };

export const WITH_OTHER_SELLERS: Assumptions = { ...ASSUMPTIONS, onlyCheckoutsSell: false };
