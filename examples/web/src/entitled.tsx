import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useBilling, useOwner } from "./project.tsx";
import { subscriptionQuery } from "./queries.ts";

/**
 * Shows its children to customers with a feature, and the fallback to everyone else.
 *
 * This hides a part of a page. A policy with has_entitlement() protects the data that it shows.
 */
export function Entitled({ to, fallback, children }: { to: string; fallback: ReactNode; children: ReactNode }) {
  const { data } = useQuery(subscriptionQuery(useBilling(), useOwner()));
  return data?.hasEntitlement(to) ? children : fallback;
}
