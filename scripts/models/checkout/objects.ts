/** What the model has at Stripe: checkout sessions and subscriptions of one owner. */
import type { Process } from "./process.ts";

/** What an owner may have once. */
export type Slot = "plan" | "addon";
export const SLOTS: readonly Slot[] = ["plan", "addon"];

export type Price = "monthly" | "yearly" | "addon";
export const SLOT_OF: Readonly<Record<Price, Slot>> = { monthly: "plan", yearly: "plan", addon: "addon" };

export interface Session {
  readonly id: number;
  readonly customer: number;
  readonly slot: Slot;
  readonly price: Price;
  readonly trial: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  status: "open" | "complete" | "expired";
  /** The payment that is in progress. */
  payment: Process | undefined;
  subscription: Subscription | undefined;
  /** When a function expired it; undefined for one that expired by itself. */
  expired: { at: number; moment: number } | undefined;
}

export interface Subscription {
  readonly id: number;
  readonly customer: number;
  /** Undefined for one that an operator made. */
  readonly session: number | undefined;
  readonly trial: boolean;
  readonly createdAt: number;
  slot: Slot;
  status: "incomplete" | "active" | "canceled" | "incomplete_expired";
  /** Whether the bank decides about its first payment later. */
  bankDebit: boolean;
  /** Whether it was ever active. */
  started: boolean;
  paid: boolean;
  refunds: number;
  /** The moment at which it ended. */
  endedAt: number;
}

export const hasEnded = ({ status }: Subscription): boolean => status === "canceled" || status === "incomplete_expired";
export const isActive = ({ status }: Subscription): boolean => status === "active";
export const isIncomplete = ({ status }: Subscription): boolean => status === "incomplete";
