import { ownedBy } from "../shared/owned_by.ts";

/** The subscriptions of a customer, oldest first. */
export const subscriptionsOf = ownedBy("subscription", ({ customer }) => customer);
