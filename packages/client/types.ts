/** The methods of the client. */
import type { CallOptions } from "./call.ts";
import type { AnyCatalog, WithPrice } from "./catalog.ts";
import type * as contract from "./contract.ts";
import type { WaitOptions } from "./wait_for.ts";
import type { WatchOptions } from "./watch.ts";

/** A page of a list. */
export interface Page<Item> {
  data: Item[];
  has_more: boolean;
  /** The `starting_after` of the next page; null on the last. */
  next_cursor: string | null;
}

/** A product with its prices. */
export type ProductWithPrices = contract.ProductFields & { prices: contract.PriceFields[] };
/** A price with its product. */
export type PriceWithProduct = Omit<contract.PriceFields, "product"> & { product: contract.ProductFields };

/** Which prices to list; a lookup key is one of the catalog's. */
export type PriceQuery<Catalog extends AnyCatalog> = Omit<contract.ListPrices, "lookup_key"> & {
  lookup_key?: Catalog["lookup_key"][];
};

/** Products, newest first. */
export interface Products {
  /** With `expand: ["prices"]` each has its prices. */
  page(
    query: contract.ListProducts & { expand: ["prices"] },
    options?: CallOptions,
  ): Promise<Page<ProductWithPrices>>;
  page(query?: contract.ListProducts, options?: CallOptions): Promise<Page<contract.Product>>;
  /** Every product, a page at a time. */
  all(
    query: contract.ListProducts & { expand: ["prices"] },
    options?: CallOptions,
  ): AsyncGenerator<ProductWithPrices, void>;
  all(query?: contract.ListProducts, options?: CallOptions): AsyncGenerator<contract.Product, void>;
}

/** Prices of active products, newest first. */
export interface Prices<Catalog extends AnyCatalog> {
  /** With `expand: ["product"]` each has its product instead of the id of it. */
  page(query: PriceQuery<Catalog> & { expand: ["product"] }, options?: CallOptions): Promise<Page<PriceWithProduct>>;
  page(
    query?: PriceQuery<Catalog> & { expand?: undefined },
    options?: CallOptions,
  ): Promise<Page<contract.PriceFields>>;
  page(query: PriceQuery<Catalog>, options?: CallOptions): Promise<Page<contract.Price>>;
  /** Every price, a page at a time. */
  all(
    query: PriceQuery<Catalog> & { expand: ["product"] },
    options?: CallOptions,
  ): AsyncGenerator<PriceWithProduct, void>;
  all(
    query?: PriceQuery<Catalog> & { expand?: undefined },
    options?: CallOptions,
  ): AsyncGenerator<contract.PriceFields, void>;
  all(query: PriceQuery<Catalog>, options?: CallOptions): AsyncGenerator<contract.Price, void>;
}

/** The owner's invoices, newest first. */
export interface Invoices {
  page(query?: contract.ListInvoices, options?: CallOptions): Promise<Page<contract.Invoice>>;
  /** Every invoice, a page at a time. */
  all(query?: contract.ListInvoices, options?: CallOptions): AsyncGenerator<contract.Invoice, void>;
}

/** The owner's customer at Stripe. */
export interface Customers {
  /** Creates it if there is none. */
  ensure(input?: contract.CustomerInput, options?: CallOptions): Promise<contract.Customer>;
  /** null if there is none. */
  find(input?: contract.CustomerInput, options?: CallOptions): Promise<contract.Customer | null>;
}

/** What the owner has bought, and what it grants. */
export interface SubscriptionState<Catalog extends AnyCatalog = AnyCatalog>
  extends Omit<contract.SubscriptionState, "entitlements"> {
  /** Lookup keys of features. */
  entitlements: Catalog["entitlement"][];
  /** Whether a feature is among the entitlements. Call it on the state. */
  hasEntitlement(this: { entitlements: readonly string[] }, key: Catalog["entitlement"]): boolean;
}

/** One subscription, by its id. */
export interface SubscriptionRef {
  /** Whose it is; the user's unless set. */
  for?: "user" | "organization";
  subscription: string;
}

/** What the owner has bought, and changes of it. */
export interface Subscriptions<Catalog extends AnyCatalog> {
  get(input?: contract.SubscriptionInput, options?: CallOptions): Promise<SubscriptionState<Catalog>>;
  /**
   * Reads from Stripe until a state fits, for the page after a checkout. null when none did in time: the payment may
   * still be processed.
   */
  waitFor(
    fits: (state: SubscriptionState<Catalog>) => boolean,
    options?: WaitOptions,
  ): Promise<SubscriptionState<Catalog> | null>;
  /**
   * Calls back now and after every change, until the returned function is called or the signal is aborted. Over Supabase
   * Realtime where that works, else by reading at intervals.
   */
  watch(callback: (state: SubscriptionState<Catalog>) => void, options?: WatchOptions): () => void;
  /** What the portal's flow `confirm_update` with the same fields charges. */
  preview(input: WithPrice<contract.PreviewChange, Catalog>, options?: CallOptions): Promise<contract.ChangePreview>;
  update(input: contract.UpdateSubscription, options?: CallOptions): Promise<contract.OwnedSubscription>;
  /** Ends it with its period. */
  cancel(input: SubscriptionRef, options?: CallOptions): Promise<contract.OwnedSubscription>;
  /** Lets one that will end go on. */
  resume(input: SubscriptionRef, options?: CallOptions): Promise<contract.OwnedSubscription>;
}

/** What the portal is opened for; a price is one of the catalog's. */
export type PortalInput<Catalog extends AnyCatalog> = Omit<contract.OpenPortal, "flow"> & {
  flow?: WithPrice<contract.Flow, Catalog>;
};

/** One method a call of the functions. */
export interface Billing<Catalog extends AnyCatalog = AnyCatalog> {
  readonly products: Products;
  readonly prices: Prices<Catalog>;
  readonly customer: Customers;
  readonly checkout: {
    /** A payment page: send the browser to its `url`. */
    create(input: WithPrice<contract.CheckoutInput, Catalog>, options?: CallOptions): Promise<contract.Checkout>;
  };
  readonly portal: {
    /** A link to Stripe's customer portal: send the browser to its `url`, and do not store it. */
    create(input: PortalInput<Catalog>, options?: CallOptions): Promise<contract.PortalLink>;
  };
  readonly subscription: Subscriptions<Catalog>;
  readonly invoices: Invoices;
}
