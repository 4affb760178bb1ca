import type { ObjectRef } from "../contract/stripe_events.ts";
import type { BegunCheckout, NoOffer } from "./checkouts.ts";
import type { BackfillClaim, BackfillRange } from "./backfill.ts";
import type { CatalogVersion, MirrorPage } from "./catalog.ts";
import type { FillClaim } from "./catalog_fill.ts";
import type { Completion, KnownCustomer, OpenClaim, Wait } from "./customer_claims.ts";
import type { ClerkOwner } from "./departures.ts";
import type { ClaimedDuplicates } from "./duplicates.ts";
import type { OwnObject, OwnPage, PlanChangeOffer } from "./own_objects.ts";
import type { DriftClaim, LedgerState, ReconcileClaim } from "./reconcile.ts";
import type { SyncClaim } from "./subscriptions.ts";
import type { DueObject, DuePage, EventClaim, SyncOutcome } from "./webhook_events.ts";

/**
 * The results of SQL functions that the generated types describe too loosely: every field of a composite type is
 * nullable there, `json` has no shape, and a scalar result is never null. Each entry is what the function's comment in
 * supabase/migrations says; a function that is not listed returns what the generated types say.
 */
export interface RpcResults {
  begin_checkout: BegunCheckout | NoOffer;
  claim_backfill: BackfillClaim;
  claim_catalog_fill: FillClaim;
  claim_customer: KnownCustomer | OpenClaim | Wait;
  claim_drift_page: DriftClaim;
  claim_due_objects: DueObject[];
  claim_due_page: DuePage | null;
  claim_duplicates: ClaimedDuplicates;
  claim_events: EventClaim[];
  claim_reconcile: ReconcileClaim;
  claim_sync: SyncClaim;
  claim_waiting: number | null;
  complete_customer: Completion;
  find_slots: Record<string, string>;
  fail_sync: SyncOutcome;
  find_own_object: OwnObject;
  find_plan_change: { offer: PlanChangeOffer | null; changes_interval: boolean };
  list_invoices: OwnPage;
  find_clerk_owner: ClerkOwner;
  list_featured_products_after: string[];
  list_prices: MirrorPage;
  list_unlisted_catalog: ObjectRef[];
  list_products: MirrorPage;
  list_subscribers_after: string[];
  read_catalog_version: CatalogVersion;
  record_and_claim: EventClaim[];
  release_backfill: number | null;
  record_backfill_page: { ranges: BackfillRange[]; completed: boolean } | { ranges: null; completed: null };
  record_drift_page: { drifted: number; singles: ObjectRef[] } | { drifted: null; singles: null };
  record_events_page: number | null;
  release_reconcile: LedgerState;
  renew_customer: (OpenClaim & { step: "create" }) | Wait;
}
