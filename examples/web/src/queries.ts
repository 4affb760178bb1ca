/** What the pages read. The keys of what belongs to an owner begin with the user's id and the owner's. */
import type { Billing, ProductWithPrices } from "@clerk-stripe-supabase/client";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Owner } from "./project.tsx";

export const productsQuery = (billing: Billing, { isLoaded, userId }: Owner) =>
  queryOptions({
    // A catalog may be hidden from visitors, so that each user has an own copy.
    queryKey: [userId, "products"],
    enabled: isLoaded,
    staleTime: 60_000,
    async queryFn({ signal }) {
      const products: ProductWithPrices[] = [];
      for await (const product of billing.products.all({ active: true, expand: ["prices"], limit: 100 }, { signal })) {
        products.push(product);
      }
      return products;
    },
  });

export const subscriptionKey = ({ userId, id }: Owner) => [userId, id, "subscription"];

/** @param sync Fetches from Stripe first: for the return from a page of Stripe, whose webhook may be late. */
export const subscriptionQuery = (billing: Billing, owner: Owner, sync = false) =>
  queryOptions({
    queryKey: subscriptionKey(owner),
    enabled: Boolean(owner.userId),
    queryFn: ({ signal }) => billing.subscription.get({ for: owner.for, sync }, { signal }),
  });

export const previewQuery = (billing: Billing, owner: Owner, subscription: string, price: string) =>
  queryOptions({
    queryKey: [owner.userId, owner.id, "preview", subscription, price],
    enabled: price !== "",
    // The amount changes with the time.
    gcTime: 0,
    queryFn: ({ signal }) => billing.subscription.preview({ for: owner.for, subscription, price }, { signal }),
  });

export const invoicesQuery = (billing: Billing, owner: Owner) =>
  infiniteQueryOptions({
    queryKey: [owner.userId, owner.id, "invoices"],
    enabled: Boolean(owner.userId),
    placeholderData: keepPreviousData,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      billing.invoices.page({ for: owner.for, limit: 10, starting_after: pageParam }, { signal }),
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
