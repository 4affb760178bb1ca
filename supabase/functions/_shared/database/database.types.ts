export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "public": {
    Tables: {
      "stripe_access_policy": {
        Row: {
          "effective_features": boolean;
          "grace_days": number;
          "singleton": boolean;
        };
        ComputedFields: never;
        Insert: {
          "effective_features": boolean;
          "grace_days": number;
          "singleton"?: boolean;
        };
        Update: {
          "effective_features"?: boolean;
          "grace_days"?: number;
          "singleton"?: boolean;
        };
        Relationships: [];
      };
      "stripe_changes": {
        Row: {
          "changed_at": string;
          "customer": string;
          "id": string;
        };
        ComputedFields: never;
        Insert: {
          "changed_at"?: string;
          "customer": string;
          "id"?: string;
        };
        Update: {
          "changed_at"?: string;
          "customer"?: string;
          "id"?: string;
        };
        Relationships: [];
      };
      "stripe_checkout_sessions": {
        Row: {
          "created": number | null;
          "customer": string | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "fetched_at": string;
          "id": string;
          "owner_id": string | null;
          "payment_intent": string | null;
          "payment_status": string | null;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "created"?: never;
          "customer"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "owner_id"?: never;
          "payment_intent"?: never;
          "payment_status"?: never;
          "ticket": number;
        };
        Update: {
          "created"?: never;
          "customer"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "owner_id"?: never;
          "payment_intent"?: never;
          "payment_status"?: never;
          "ticket"?: number;
        };
        Relationships: [];
      };
      "stripe_customer_mapping": {
        Row: {
          "claimed_at": string | null;
          "clerk_organization_id": string | null;
          "clerk_user_id": string | null;
          "created_at": string;
          "failed_at": string | null;
          "generation": number;
          "lease_until": string | null;
          "looked_up_to": string | null;
          "owner_id": string;
          "stripe_customer_id": string | null;
        };
        ComputedFields: never;
        Insert: {
          "claimed_at"?: string | null;
          "clerk_organization_id"?: string | null;
          "clerk_user_id"?: string | null;
          "created_at"?: string;
          "failed_at"?: string | null;
          "generation"?: number;
          "lease_until"?: string | null;
          "looked_up_to"?: string | null;
          "owner_id"?: never;
          "stripe_customer_id"?: string | null;
        };
        Update: {
          "claimed_at"?: string | null;
          "clerk_organization_id"?: string | null;
          "clerk_user_id"?: string | null;
          "created_at"?: string;
          "failed_at"?: string | null;
          "generation"?: number;
          "lease_until"?: string | null;
          "looked_up_to"?: string | null;
          "owner_id"?: never;
          "stripe_customer_id"?: string | null;
        };
        Relationships: [];
      };
      "stripe_customers": {
        Row: {
          "created": number | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "email": string | null;
          "fetched_at": string;
          "id": string;
          "name": string | null;
          "owner_id": string | null;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "created"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "email"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "name"?: never;
          "owner_id"?: never;
          "ticket": number;
        };
        Update: {
          "created"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "email"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "name"?: never;
          "owner_id"?: never;
          "ticket"?: number;
        };
        Relationships: [];
      };
      "stripe_entitlements": {
        Row: {
          "created": number | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "fetched_at": string;
          "id": string;
          "lookup_keys": NonNullable<Json>;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "created"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "lookup_keys"?: never;
          "ticket": number;
        };
        Update: {
          "created"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "lookup_keys"?: never;
          "ticket"?: number;
        };
        Relationships: [];
      };
      "stripe_invoices": {
        Row: {
          "created": number | null;
          "currency": string | null;
          "customer": string | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "fetched_at": string;
          "id": string;
          "number": string | null;
          "status": string | null;
          "subscription": string | null;
          "ticket": number;
          "total": number | null;
        };
        ComputedFields: never;
        Insert: {
          "created"?: never;
          "currency"?: never;
          "customer"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "number"?: never;
          "status"?: never;
          "subscription"?: never;
          "ticket": number;
          "total"?: never;
        };
        Update: {
          "created"?: never;
          "currency"?: never;
          "customer"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "number"?: never;
          "status"?: never;
          "subscription"?: never;
          "ticket"?: number;
          "total"?: never;
        };
        Relationships: [];
      };
      "stripe_payment_intents": {
        Row: {
          "amount_received": number | null;
          "amount_refunded": number | null;
          "created": number | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "dispute_status": string | null;
          "fetched_at": string;
          "id": string;
          "owner_id": string | null;
          "status": string | null;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "amount_received"?: never;
          "amount_refunded"?: never;
          "created"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "dispute_status"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "owner_id"?: never;
          "status"?: never;
          "ticket": number;
        };
        Update: {
          "amount_received"?: never;
          "amount_refunded"?: never;
          "created"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "dispute_status"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "owner_id"?: never;
          "status"?: never;
          "ticket"?: number;
        };
        Relationships: [];
      };
      "stripe_prices": {
        Row: {
          "active": boolean | null;
          "created": number | null;
          "currency": string | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "fetched_at": string;
          "id": string;
          "lookup_key": string | null;
          "product": string | null;
          "recurring_interval": string | null;
          "ticket": number;
          "type": string | null;
          "unit_amount": number | null;
        };
        ComputedFields: never;
        Insert: {
          "active"?: never;
          "created"?: never;
          "currency"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "lookup_key"?: never;
          "product"?: never;
          "recurring_interval"?: never;
          "ticket": number;
          "type"?: never;
          "unit_amount"?: never;
        };
        Update: {
          "active"?: never;
          "created"?: never;
          "currency"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "lookup_key"?: never;
          "product"?: never;
          "recurring_interval"?: never;
          "ticket"?: number;
          "type"?: never;
          "unit_amount"?: never;
        };
        Relationships: [];
      };
      "stripe_product_features": {
        Row: {
          "created": number | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "fetched_at": string;
          "id": string;
          "lookup_keys": NonNullable<Json>;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "created"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "lookup_keys"?: never;
          "ticket": number;
        };
        Update: {
          "created"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "lookup_keys"?: never;
          "ticket"?: number;
        };
        Relationships: [];
      };
      "stripe_products": {
        Row: {
          "active": boolean | null;
          "created": number | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "fetched_at": string;
          "grace_days": number | null;
          "id": string;
          "name": string | null;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "active"?: never;
          "created"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "grace_days"?: never;
          "id"?: never;
          "name"?: never;
          "ticket": number;
        };
        Update: {
          "active"?: never;
          "created"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "grace_days"?: never;
          "id"?: never;
          "name"?: never;
          "ticket"?: number;
        };
        Relationships: [];
      };
      "stripe_subscriptions": {
        Row: {
          "cancel_at": number | null;
          "cancel_at_period_end": boolean | null;
          "created": number | null;
          "current_period_end": number | null;
          "customer": string | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "fetched_at": string;
          "id": string;
          "status": string | null;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "cancel_at"?: never;
          "cancel_at_period_end"?: never;
          "created"?: never;
          "current_period_end"?: never;
          "customer"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "status"?: never;
          "ticket": number;
        };
        Update: {
          "cancel_at"?: never;
          "cancel_at_period_end"?: never;
          "created"?: never;
          "current_period_end"?: never;
          "customer"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "fetched_at"?: string;
          "id"?: never;
          "status"?: never;
          "ticket"?: number;
        };
        Relationships: [];
      };
    };
    Views: {
      "stripe_effective_entitlements": {
        Row: {
          "customer": string | null;
          "lookup_key": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "stripe_purchases": {
        Row: {
          "created": number | null;
          "customer": string | null;
          "owner_id": string | null;
          "price": string | null;
          "product": string | null;
          "quantity": number | null;
          "session": string;
          "status": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "stripe_subscription_access": {
        Row: {
          "active": boolean | null;
          "customer": string | null;
          "grace_until": number | null;
          "product": string | null;
          "status": string | null;
          "subscription": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "stripe_subscription_items": {
        Row: {
          "current_period_end": number | null;
          "current_period_start": number | null;
          "customer": string | null;
          "id": string | null;
          "price": string | null;
          "product": string | null;
          "quantity": number | null;
          "subscription": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
    };
    Functions: {
      "begin_checkout": {
        Args: { "owner_id": string; "price": string; "slot_by": string; "stripe_key": string };
        Returns: Json;
      };
      "claim_backfill": {
        Args: { "restart"?: boolean; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["backfill_claim"];
        SetofOptions: {
          from: "*";
          to: "backfill_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "claim_catalog_fill": {
        Args: { "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["catalog_fill_claim"];
        SetofOptions: {
          from: "*";
          to: "catalog_fill_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "claim_customer": {
        Args: { "owner_id": string; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["customer_claim"];
        SetofOptions: {
          from: "*";
          to: "customer_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "claim_departures": { Args: { "batch_size"?: number; "stripe_key": string }; Returns: (string)[] };
      "claim_drift_page": {
        Args: { "run_id": number; "stripe_key": string; "walks": Json };
        Returns: Database["public"]["CompositeTypes"]["drift_claim"];
        SetofOptions: {
          from: "*";
          to: "drift_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "claim_due_objects": { Args: { "batch_size"?: number; "stripe_key": string }; Returns: Json };
      "claim_due_page": { Args: { "kinds": (string)[]; "stripe_key": string }; Returns: Json };
      "claim_duplicates": { Args: { "batch_size"?: number; "slot_by": string; "stripe_key": string }; Returns: Json };
      "claim_events": { Args: { "events": Json; "stripe_key": string }; Returns: Json };
      "claim_reconcile": {
        Args: { "effective_features"?: boolean; "grace_days"?: number; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["reconcile_claim"];
        SetofOptions: {
          from: "*";
          to: "reconcile_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "claim_stale_payers": { Args: { "batch_size"?: number; "stripe_key": string }; Returns: (string)[] };
      "claim_sync": {
        Args: { "owner_id": string; "session_id"?: string; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["sync_claim"];
        SetofOptions: {
          from: "*";
          to: "sync_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "claim_waiting": { Args: { "object": string; "object_id": string; "stripe_key": string }; Returns: number };
      "clerk_organization_id": { Args: Record<PropertyKey, never>; Returns: string };
      "clerk_organization_role": { Args: Record<PropertyKey, never>; Returns: string };
      "clerk_user_id": { Args: Record<PropertyKey, never>; Returns: string };
      "close_checkouts": { Args: { "owner_id": string; "stripe_key": string }; Returns: undefined };
      "complete_catalog_fill": {
        Args: { "refresh_seconds": number; "run_id": number; "stripe_key": string };
        Returns: boolean;
      };
      "complete_customer": {
        Args: { "customer": Json; "generation": number; "owner_id": string; "stripe_key": string; "ticket": number };
        Returns: Database["public"]["CompositeTypes"]["customer_completion"];
        SetofOptions: {
          from: "*";
          to: "customer_completion";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "confirm_account": { Args: { "stripe_account": string; "stripe_key": string }; Returns: undefined };
      "detect_drift": {
        Args: { "objects": Json; "stripe_key": string; "ticket": number; "unstable": (string)[] };
        Returns: number;
      };
      "draw_ticket": { Args: { "stripe_key": string }; Returns: number };
      "enter_duplicates": {
        Args: {
          "flagged": boolean;
          "kept": string;
          "owner_id": string;
          "slot": string;
          "stripe_key": string;
          "subscriptions": (string)[];
        };
        Returns: undefined;
      };
      "fail_catalog_fill": {
        Args: { "retry_after": number; "run_id": number; "stripe_key": string };
        Returns: undefined;
      };
      "fail_customer": { Args: { "generation": number; "owner_id": string; "stripe_key": string }; Returns: undefined };
      "fail_sync": {
        Args: {
          "failure": string;
          "object_id": string;
          "reason": string;
          "retry_after"?: number;
          "stripe_key": string;
          "ticket": number;
        };
        Returns: string;
      };
      "find_clerk_owner": {
        Args: { "owner_id": string; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["clerk_owner"];
        SetofOptions: {
          from: "*";
          to: "clerk_owner";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "find_customer": {
        Args: { "owner_id": string; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["found_customer"];
        SetofOptions: {
          from: "*";
          to: "found_customer";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "find_own_object": {
        Args: { "object": string; "object_id": string; "owner_id": string; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["own_object"];
        SetofOptions: {
          from: "*";
          to: "own_object";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "find_plan_change": {
        Args: { "from_price": string; "product": string; "slot_by": string; "stripe_key": string; "to_price": string };
        Returns: Json;
      };
      "find_slots": { Args: { "products": (string)[]; "slot_by": string; "stripe_key": string }; Returns: Json };
      "finish_duplicate": {
        Args: { "step": string; "stripe_key": string; "subscription": string };
        Returns: undefined;
      };
      "finish_sync": {
        Args: { "object": string; "object_id": string; "stripe_key": string; "ticket": number };
        Returns: undefined;
      };
      "forget_session": {
        Args: { "owner_id": string; "session": string; "slot": string; "stripe_key": string };
        Returns: undefined;
      };
      "hand_out_checkout": {
        Args: {
          "attempt": number;
          "owner_id": string;
          "reads"?: Json;
          "session": string;
          "slot": string;
          "stripe_key": string;
          "trial": boolean;
        };
        Returns: boolean;
      };
      "has_entitlement": { Args: { "lookup_key": string }; Returns: boolean };
      "has_purchased": { Args: { "lookup_key": string }; Returns: boolean };
      "list_featured_products_after": {
        Args: { "after"?: string; "batch_size"?: number; "stripe_key": string };
        Returns: Json;
      };
      "list_invoices": {
        Args: { "owner_id": string; "page_size"?: number; "starting_after"?: string; "stripe_key": string };
        Returns: Json;
      };
      "list_prices": {
        Args: {
          "active"?: boolean;
          "currency"?: string;
          "expand"?: (string)[];
          "lookup_keys"?: (string)[];
          "page_size"?: number;
          "product"?: string;
          "recurring_interval"?: string;
          "starting_after"?: string;
          "stripe_key": string;
          "type"?: string;
        };
        Returns: Json;
      };
      "list_products": {
        Args: {
          "active"?: boolean;
          "expand"?: (string)[];
          "page_size"?: number;
          "starting_after"?: string;
          "stripe_key": string;
        };
        Returns: Json;
      };
      "list_subscribers_after": {
        Args: { "after"?: string; "batch_size"?: number; "stripe_key": string };
        Returns: Json;
      };
      "list_unlisted_catalog": {
        Args: { "batch_size": number; "run_id": number; "stripe_key": string };
        Returns: Json;
      };
      "prune_ledger": { Args: { "stripe_key": string }; Returns: number };
      "read_catalog_version": {
        Args: { "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["catalog_version"];
        SetofOptions: {
          from: "*";
          to: "catalog_version";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "read_subscription": {
        Args: {
          "effective_features": boolean;
          "grace_days": number;
          "owner_id": string;
          "slot_by": string;
          "stripe_key": string;
        };
        Returns: Json;
      };
      "record_and_claim": {
        Args: { "events": Json; "fetches": Json; "reads"?: Json; "stripe_key": string };
        Returns: Json;
      };
      "record_backfill_page": {
        Args: {
          "cursor"?: string;
          "objects": Json;
          "range_id": number;
          "run_id": number;
          "split_at"?: number;
          "stripe_key": string;
        };
        Returns: Database["public"]["CompositeTypes"]["backfill_step"];
        SetofOptions: {
          from: "*";
          to: "backfill_step";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "record_catalog_page": {
        Args: { "cursor": string; "kind": string; "objects": Json; "run_id": number; "stripe_key": string };
        Returns: boolean;
      };
      "record_drift_page": {
        Args: {
          "cursor"?: string;
          "cut"?: (string)[];
          "cut_field"?: string;
          "kind": string;
          "objects": Json;
          "oldest"?: number;
          "run_id": number;
          "scope": string;
          "stripe_key": string;
          "ticket": number;
          "unstable": (string)[];
        };
        Returns: Database["public"]["CompositeTypes"]["drift_page"];
        SetofOptions: {
          from: "*";
          to: "drift_page";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "record_events_page": {
        Args: { "cursor"?: string; "events": Json; "run_id": number; "stripe_key": string };
        Returns: number;
      };
      "record_fetches": { Args: { "fetches": Json; "reads"?: Json; "stripe_key": string }; Returns: undefined };
      "record_lookup": {
        Args: { "created_to": number; "generation": number; "owner_id": string; "stripe_key": string };
        Returns: undefined;
      };
      "record_objects": {
        Args: { "objects": Json; "reads"?: Json; "stripe_key": string; "ticket": number };
        Returns: undefined;
      };
      "record_payers": {
        Args: { "checked": (string)[]; "missing": (string)[]; "stripe_key": string };
        Returns: undefined;
      };
      "record_reads": { Args: { "reads": Json; "stripe_key": string }; Returns: undefined };
      "release_backfill": { Args: { "run_id": number; "stripe_key": string }; Returns: number };
      "release_reconcile": {
        Args: { "poll_after"?: number; "run_id": number; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["reconcile_state"];
        SetofOptions: {
          from: "*";
          to: "reconcile_state";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "renew_customer": {
        Args: { "generation": number; "owner_id": string; "stripe_key": string };
        Returns: Database["public"]["CompositeTypes"]["customer_claim"];
        SetofOptions: {
          from: "*";
          to: "customer_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "stop_drift_walk": {
        Args: { "kind": string; "restart": boolean; "run_id": number; "scope": string; "stripe_key": string };
        Returns: undefined;
      };
      "stripe_customer_id": { Args: Record<PropertyKey, never>; Returns: string };
      "stripe_organization_customer_id": { Args: Record<PropertyKey, never>; Returns: string };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      "backfill_claim": {
        "run_id": number | null;
        "ranges": Json | null;
        "counts": Json | null;
        "completed": boolean | null;
      };
      "backfill_step": {
        "ranges": Json | null;
        "completed": boolean | null;
      };
      "catalog_fill_claim": {
        "run_id": number | null;
        "kind": string | null;
        "cursor": string | null;
      };
      "catalog_version": {
        "version": number | null;
        "catalog": string | null;
      };
      "clerk_owner": {
        "customer_id": string | null;
        "closed": boolean | null;
        "deletions": (string)[] | null;
      };
      "customer_claim": {
        "step": string | null;
        "customer_id": string | null;
        "stale": boolean | null;
        "generation": number | null;
        "deployment_id": string | null;
        "ticket": number | null;
        "created_from": number | null;
        "created_to": number | null;
        "retry_after": number | null;
      };
      "customer_completion": {
        "customer_id": string | null;
        "won": boolean | null;
      };
      "drift_claim": {
        "kind": string | null;
        "scope": string | null;
        "ticket": number | null;
        "page_cursor": string | null;
        "ids": (string)[] | null;
      };
      "drift_page": {
        "drifted": number | null;
        "singles": Json | null;
      };
      "found_customer": {
        "customer_id": string | null;
      };
      "own_object": {
        "customer_id": string | null;
        "ticket": number | null;
        "data": Json | null;
        "is_fresh": boolean | null;
      };
      "reconcile_claim": {
        "run_id": number | null;
        "window_from": number | null;
        "window_to": number | null;
        "window_cursor": string | null;
      };
      "reconcile_state": {
        "due": number | null;
        "pending": number | null;
        "dead": number | null;
        "backfill_due": boolean | null;
      };
      "sync_claim": {
        "ticket": number | null;
        "customer_id": string | null;
        "deployment_id": string | null;
        "payment_status": string | null;
      };
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Insert: infer I;
  } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Update: infer U;
  } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "public": {
    Enums: {},
  },
} as const;
