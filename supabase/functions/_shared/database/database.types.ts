export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "public": {
    Tables: {
      "stripe_customer_mapping": {
        Row: {
          "claimed_at": string | null;
          "clerk_user_id": string;
          "created_at": string;
          "failed_at": string | null;
          "generation": number;
          "lease_until": string | null;
          "stripe_customer_id": string | null;
        };
        ComputedFields: never;
        Insert: {
          "claimed_at"?: string | null;
          "clerk_user_id": string;
          "created_at"?: string;
          "failed_at"?: string | null;
          "generation"?: number;
          "lease_until"?: string | null;
          "stripe_customer_id"?: string | null;
        };
        Update: {
          "claimed_at"?: string | null;
          "clerk_user_id"?: string;
          "created_at"?: string;
          "failed_at"?: string | null;
          "generation"?: number;
          "lease_until"?: string | null;
          "stripe_customer_id"?: string | null;
        };
        Relationships: [];
      };
      "stripe_customers": {
        Row: {
          "data": NonNullable<Json>;
          "deleted": boolean;
          "email": string | null;
          "id": string;
          "name": string | null;
          "observed_at": string;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "data": NonNullable<Json>;
          "deleted"?: never;
          "email"?: never;
          "id"?: never;
          "name"?: never;
          "observed_at"?: string;
          "ticket": number;
        };
        Update: {
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "email"?: never;
          "id"?: never;
          "name"?: never;
          "observed_at"?: string;
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
          "id": string;
          "lookup_key": string | null;
          "observed_at": string;
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
          "id"?: never;
          "lookup_key"?: never;
          "observed_at"?: string;
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
          "id"?: never;
          "lookup_key"?: never;
          "observed_at"?: string;
          "product"?: never;
          "recurring_interval"?: never;
          "ticket"?: number;
          "type"?: never;
          "unit_amount"?: never;
        };
        Relationships: [];
      };
      "stripe_products": {
        Row: {
          "active": boolean | null;
          "created": number | null;
          "data": NonNullable<Json>;
          "deleted": boolean;
          "id": string;
          "name": string | null;
          "observed_at": string;
          "ticket": number;
        };
        ComputedFields: never;
        Insert: {
          "active"?: never;
          "created"?: never;
          "data": NonNullable<Json>;
          "deleted"?: never;
          "id"?: never;
          "name"?: never;
          "observed_at"?: string;
          "ticket": number;
        };
        Update: {
          "active"?: never;
          "created"?: never;
          "data"?: NonNullable<Json>;
          "deleted"?: never;
          "id"?: never;
          "name"?: never;
          "observed_at"?: string;
          "ticket"?: number;
        };
        Relationships: [];
      };
    };
    Views: {
      [_ in never]: never;
    };
    Functions: {
      "claim_catalogue_fill": {
        Args: { "livemode": boolean };
        Returns: Database["public"]["CompositeTypes"]["catalogue_fill_claim"];
        SetofOptions: {
          from: "*";
          to: "catalogue_fill_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "claim_customer": {
        Args: { "livemode": boolean; "user_id": string };
        Returns: Database["public"]["CompositeTypes"]["customer_claim"];
        SetofOptions: {
          from: "*";
          to: "customer_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "clerk_user_id": { Args: Record<PropertyKey, never>; Returns: string };
      "complete_catalogue_fill": {
        Args: { "livemode": boolean; "refresh_seconds": number; "ticket": number };
        Returns: boolean;
      };
      "complete_customer": {
        Args: { "customer": Json; "generation": number; "livemode": boolean; "ticket": number; "user_id": string };
        Returns: Database["public"]["CompositeTypes"]["customer_completion"];
        SetofOptions: {
          from: "*";
          to: "customer_completion";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "confirm_account": { Args: { "livemode": boolean; "stripe_account": string }; Returns: undefined };
      "draw_ticket": { Args: { "livemode": boolean }; Returns: number };
      "fail_catalogue_fill": {
        Args: { "livemode": boolean; "retry_after": number; "ticket": number };
        Returns: undefined;
      };
      "fail_customer": { Args: { "generation": number; "livemode": boolean; "user_id": string }; Returns: undefined };
      "find_customer": {
        Args: { "livemode": boolean; "user_id": string };
        Returns: Database["public"]["CompositeTypes"]["found_customer"];
        SetofOptions: {
          from: "*";
          to: "found_customer";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "list_prices": {
        Args: {
          "active"?: boolean;
          "currency"?: string;
          "expand"?: (string)[];
          "livemode": boolean;
          "lookup_keys"?: (string)[];
          "page_size"?: number;
          "product"?: string;
          "recurring_interval"?: string;
          "starting_after"?: string;
          "type"?: string;
        };
        Returns: Json;
      };
      "list_products": {
        Args: {
          "active"?: boolean;
          "expand"?: (string)[];
          "livemode": boolean;
          "page_size"?: number;
          "starting_after"?: string;
        };
        Returns: Json;
      };
      "record_catalogue_page": {
        Args: { "cursor": string; "livemode": boolean; "objects": Json; "ticket": number };
        Returns: boolean;
      };
      "record_objects": { Args: { "livemode": boolean; "objects": Json; "ticket": number }; Returns: undefined };
      "renew_customer": {
        Args: { "generation": number; "livemode": boolean; "user_id": string };
        Returns: Database["public"]["CompositeTypes"]["customer_claim"];
        SetofOptions: {
          from: "*";
          to: "customer_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "stripe_customer_id": { Args: Record<PropertyKey, never>; Returns: string };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      "catalogue_fill_claim": {
        "ticket": number | null;
        "cursor": string | null;
        "retry_after": number | null;
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
      "found_customer": {
        "customer_id": string | null;
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
