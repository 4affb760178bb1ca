/**
 * The environment, which no other module reads. Each group is checked when it is first needed; the log names the variables
 * that are wrong. contract/variables.ts lists the names.
 */
import * as z from "zod/mini";
import { connectionString } from "./connection_string.ts";
import { issuerOf } from "./contract/clerk_keys.ts";
import { importPublicKeys } from "./contract/public_keys.ts";
import { stripeKeyOf } from "./contract/stripe_key.ts";
import { DEFAULTS, type VariableName } from "./contract/variables.ts";
import { entries, isOrigin, keys, list, onOff, origins, secret, signingSecrets, text, url } from "./env_values.ts";
import { AppError } from "./errors.ts";

/**
 * Variables of {@link VariableName}; another name is a type error. The schema is made when a group is first needed: a
 * function needs few of them, and begins earlier.
 */
const variables =
  <Shape extends z.core.$ZodLooseShape>(shape: () => Shape & Record<Exclude<keyof Shape, VariableName>, never>) => () =>
    z.object(shape() as Shape);

/** What the variables mean, once they are right. An empty one counts as missing: `.env` files are copied with blanks. */
function group<Set, Settings>(
  variables: () => z.ZodMiniType<Set>,
  settingsOf: (set: Set) => Settings,
  ...rules: z.core.$ZodCheck<Set>[]
): () => Settings {
  let settings: Settings | undefined;
  return () => settings ??= settingsOf(check(variables().check(...rules)));
}

function check<Settings>(schema: z.ZodMiniType<Settings>): Settings {
  // A value that was pasted or piped often ends with a line break.
  const trimmed = Object.entries(Deno.env.toObject()).map(([name, value]) => [name, value.trim()]);
  const variables = trimmed.filter(([, value]) => value !== "");
  const { data, error } = z.safeParse(schema, Object.fromEntries(variables));
  if (!error) return data;
  throw AppError.notConfigured(error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join(", "));
}

/** A rule about several variables; `path` is the one to correct. */
function rule<Set>(path: string, message: string, holds: (set: NoInfer<Set>) => boolean): z.core.$ZodCheck<Set> {
  return z.refine<Set>(holds, { path: [path], message });
}

const StripeVariables = variables(() => ({
  STRIPE_SECRET_KEY: text(/^(sk|rk)_(test|live)_\w+$/, "is not a Stripe secret key (sk_test_…)"),
  STRIPE_API_URL: z.optional(url()),
}));

/** The key and address for requests to Stripe. The mode is the key's. */
export const stripeEnv = group(
  StripeVariables,
  (set) => ({
    secretKey: set.STRIPE_SECRET_KEY,
    livemode: set.STRIPE_SECRET_KEY.includes("_live_"),
    url: set.STRIPE_API_URL,
  }),
  rule("STRIPE_API_URL", "names an emulator, which must not receive a live key", (set) => {
    return set.STRIPE_API_URL === undefined || set.STRIPE_SECRET_KEY.includes("_test_");
  }),
);

let key: Promise<string> | undefined;

/**
 * The Stripe key as the database knows it: its mode and a hash.
 *
 * @throws AppError `not_configured`
 */
export function stripeKey(): Promise<string> {
  const { secretKey } = stripeEnv();
  return key ??= stripeKeyOf(secretKey);
}

const ClerkVariables = variables(() => ({
  CLERK_PUBLISHABLE_KEY: z.optional(z.string().check(z.refine(issuerOf, "is not a Clerk publishable key (pk_test_…)"))),
  CLERK_ISSUER: z.optional(url()),
  CLERK_SECRET_KEY: z.optional(text(/^sk_(test|live)_[\x21-\x7e]+$/, "is not a Clerk secret key (sk_test_…)")),
  CLERK_JWT_KEY: z.optional(z.string()),
  CLERK_API_URL: z._default(url(), DEFAULTS.CLERK_API_URL),
  CLERK_AUTHORIZED_PARTIES: entries(),
  ALLOWED_ORIGINS: entries(),
}));

/** The Clerk instance that signs the tokens, the frontends they may come from, and its keys. */
export const clerkEnv = group(
  ClerkVariables,
  (set) => ({
    issuer: set.CLERK_ISSUER ?? issuerOf(set.CLERK_PUBLISHABLE_KEY ?? ""),
    secretKey: set.CLERK_SECRET_KEY,
    publicKeys: set.CLERK_JWT_KEY,
    apiUrl: set.CLERK_API_URL,
    authorizedParties: new Set(
      (set.CLERK_AUTHORIZED_PARTIES.length > 0 ? set.CLERK_AUTHORIZED_PARTIES : set.ALLOWED_ORIGINS).filter(isOrigin),
    ),
  }),
  rule("CLERK_PUBLISHABLE_KEY", "is missing", (set) => Boolean(set.CLERK_ISSUER ?? set.CLERK_PUBLISHABLE_KEY)),
  rule("CLERK_SECRET_KEY", "is missing, and so is CLERK_JWT_KEY", (set) => {
    return Boolean(set.CLERK_SECRET_KEY ?? set.CLERK_JWT_KEY);
  }),
);

let imported: Promise<JsonWebKey[]> | undefined;

/**
 * The keys of CLERK_JWT_KEY, none without it.
 *
 * @throws AppError `not_configured` when one of them cannot be used
 */
export function clerkPublicKeys(): Promise<JsonWebKey[]> {
  const { publicKeys } = clerkEnv();
  return imported ??= publicKeys === undefined ? Promise.resolve([]) : importPublicKeys(publicKeys).catch((cause) => {
    throw AppError.notConfigured("CLERK_JWT_KEY is not an RSA public key in PEM form", cause);
  });
}

const BillingVariables = variables(() => ({
  CLERK_BILLING_ROLES: z._default(
    list((role) => /^(org:)?[a-z0-9_]+$/.test(role), "must be a list of Clerk roles (admin, billing_manager)"),
    [DEFAULTS.CLERK_BILLING_ROLES],
  ),
}));

/** The roles that may act on the billing of their organization, without the prefix `org:`. */
export const billingRoles = group(
  BillingVariables,
  (set) => new Set(set.CLERK_BILLING_ROLES.map((role) => role.replace(/^org:/, ""))),
);

const ClerkApiVariables = variables(() => ({
  CLERK_SECRET_KEY: ClerkVariables().shape.CLERK_SECRET_KEY,
  CLERK_API_URL: ClerkVariables().shape.CLERK_API_URL,
}));

/** The key and address for requests to Clerk; no key where CLERK_JWT_KEY replaces it. */
export const clerkApi = group(
  ClerkApiVariables,
  (set) => ({ secretKey: set.CLERK_SECRET_KEY, url: set.CLERK_API_URL }),
);

const DepartureVariables = variables(() => ({
  CLERK_USER_DELETED: z._default(
    z.enum(["cancel_at_period_end", "cancel_now", "keep"], "must be cancel_at_period_end, cancel_now or keep"),
    DEFAULTS.CLERK_USER_DELETED,
  ),
}));

/** What becomes of the subscriptions of an owner that was deleted at Clerk. */
export const departurePolicy = group(DepartureVariables, (set) => set.CLERK_USER_DELETED);

const DuplicateVariables = variables(() => ({
  CHECKOUT_DUPLICATES: z._default(z.enum(["mend", "flag"], 'must be "mend" or "flag"'), DEFAULTS.CHECKOUT_DUPLICATES),
}));

/** What becomes of a second live subscription in one slot. */
export const duplicatePolicy = group(DuplicateVariables, (set) => set.CHECKOUT_DUPLICATES);

const AccessVariables = variables(() => ({
  CHECKOUT_SLOT: z._default(z.enum(["customer", "product"], 'must be "customer" or "product"'), DEFAULTS.CHECKOUT_SLOT),
  BILLING_GRACE_DAYS: z._default(
    text(/^(\d|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5])$/, "must be a number of days from 0 to 365"),
    DEFAULTS.BILLING_GRACE_DAYS,
  ),
  BILLING_EFFECTIVE_FEATURES: onOff(DEFAULTS.BILLING_EFFECTIVE_FEATURES),
}));

/**
 * What an owner may have once, the days for which a subscription keeps access while its payment is retried, and whether
 * subscribers get the features that were attached to their product later.
 */
export const accessEnv = group(AccessVariables, (set) => ({
  slotBy: set.CHECKOUT_SLOT,
  policy: {
    grace_days: Number(set.BILLING_GRACE_DAYS),
    effective_features: set.BILLING_EFFECTIVE_FEATURES === "on",
  },
}));

const PortalVariables = variables(() => ({
  STRIPE_PORTAL_CONFIGURATION: z.optional(text(/^bpc_\w+$/, "is not the id of a portal configuration (bpc_…)")),
}));

/** The configuration of the customer portal; undefined for the account's default. */
export const portalEnv = group(PortalVariables, (set) => ({ configuration: set.STRIPE_PORTAL_CONFIGURATION }));

const CheckoutVariables = variables(() => ({
  CHECKOUT_EXPIRES_MINUTES: z._default(
    text(/^([3-9]\d|[1-9]\d\d|1[0-3]\d\d|14[0-3]\d|1440)$/, "must be a number of minutes from 30 to 1440"),
    DEFAULTS.CHECKOUT_EXPIRES_MINUTES,
  ),
  CHECKOUT_TAX: z._default(z.enum(["off", "automatic"], 'must be "off" or "automatic"'), DEFAULTS.CHECKOUT_TAX),
  CHECKOUT_TAX_IDS: onOff(DEFAULTS.CHECKOUT_TAX_IDS),
  CHECKOUT_BILLING_ADDRESS: z._default(
    z.enum(["auto", "required"], 'must be "auto" or "required"'),
    DEFAULTS.CHECKOUT_BILLING_ADDRESS,
  ),
  CHECKOUT_PROMOTION_CODES: onOff(DEFAULTS.CHECKOUT_PROMOTION_CODES),
  CHECKOUT_INVOICES: onOff(DEFAULTS.CHECKOUT_INVOICES),
}));

/** What every checkout of this deployment offers. */
export const checkoutEnv = group(CheckoutVariables, (set) => ({
  expiresMinutes: Number(set.CHECKOUT_EXPIRES_MINUTES),
  tax: set.CHECKOUT_TAX === "automatic",
  taxIds: set.CHECKOUT_TAX_IDS === "on",
  addressRequired: set.CHECKOUT_BILLING_ADDRESS === "required",
  promotionCodes: set.CHECKOUT_PROMOTION_CODES === "on",
  invoices: set.CHECKOUT_INVOICES === "on",
}));

export type CheckoutSettings = ReturnType<typeof checkoutEnv>;

const ServerVariables = variables(() => ({ DATABASE_URL: z.optional(connectionString()) }));

const ProjectVariables = variables(() => ({
  SUPABASE_URL: url(),
  SUPABASE_SECRET_KEYS: keys(),
  SUPABASE_SERVICE_ROLE_KEY: z.optional(z.string()),
}));

/** A PostgreSQL of the operator's own; undefined in a Supabase project. */
const serverEnv = group(ServerVariables, (set) => ({ server: set.DATABASE_URL }));

/** Set by the platform: https://supabase.com/docs/guides/functions/secrets */
const projectEnv = group(
  ProjectVariables,
  (set) => ({ url: set.SUPABASE_URL, secretKey: secretKeyOf(set) }),
  rule("SUPABASE_SECRET_KEYS", "is missing", (set) => secretKeyOf(set) !== ""),
);

/**
 * The server of DATABASE_URL, or else the Data API of the project. Never SUPABASE_DB_URL, which the platform sets too: its
 * role owns the tables.
 */
export const databaseEnv = () => serverEnv().server ?? projectEnv();

const PublishableKeys = variables(() => ({
  SUPABASE_PUBLISHABLE_KEYS: keys(),
  SUPABASE_ANON_KEY: z.optional(z.string()),
}));

/** The project's publishable keys, which older versions of supabase-js send as bearer for a signed-out visitor. */
export const publishableKeys = group(
  PublishableKeys,
  (set) => new Set([...Object.values(set.SUPABASE_PUBLISHABLE_KEYS), set.SUPABASE_ANON_KEY]),
);

const WebhookVariables = variables(() => ({ STRIPE_WEBHOOK_SECRET: signingSecrets(/^whsec_\w{16,}$/) }));

/** The signing secrets of the webhook endpoint: several while one is being replaced. */
export const webhookSecrets = group(WebhookVariables, (set) => set.STRIPE_WEBHOOK_SECRET);

/** A key in base64, which standardwebhooks decodes. */
const ClerkWebhookVariables = variables(() => ({
  CLERK_WEBHOOK_SIGNING_SECRET: signingSecrets(
    /^whsec_(?=.{16})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  ),
}));

/** The signing secrets of Clerk's webhook endpoint: several while one is being replaced. */
export const clerkWebhookSecrets = group(ClerkWebhookVariables, (set) => set.CLERK_WEBHOOK_SIGNING_SECRET);

const ReconcileVariables = variables(() => ({ RECONCILE_SECRET: secret }));

/** The secret that the scheduler sends. */
export const reconcileSecret = group(ReconcileVariables, (set) => set.RECONCILE_SECRET);

const CatalogVariables = variables(() => ({
  CATALOG_ACCESS: z._default(
    z.enum(["authenticated", "public"], 'must be "authenticated" or "public"'),
    DEFAULTS.CATALOG_ACCESS,
  ),
  CATALOG_REFRESH_SECONDS: z._default(
    text(/^([5-9]|[1-9]\d{1,4})$/, "must be a number of seconds from 5 to 99999"),
    DEFAULTS.CATALOG_REFRESH_SECONDS,
  ),
}));

/** Who may read the catalog, and the seconds after which it is listed at Stripe again. */
export const catalogEnv = group(CatalogVariables, (set) => ({
  isPublic: set.CATALOG_ACCESS === "public",
  refreshSeconds: Number(set.CATALOG_REFRESH_SECONDS),
}));

const LogVariables = variables(() => ({
  LOG_SUCCESS: z._default(text(/^(0(\.\d+)?|1(\.0+)?)$/, "must be a number from 0 to 1"), DEFAULTS.LOG_SUCCESS),
}));

/** The fraction of the log lines of successes that is written. */
export const loggedSuccesses = group(LogVariables, (set) => ({ fraction: Number(set.LOG_SUCCESS) }));

const OriginVariables = variables(() => ({ ALLOWED_ORIGINS: entries() }));

/** The frontends that may call the functions. An entry that is no origin is left out, and named by {@link checkOrigins}. */
export const allowedOrigins = group(OriginVariables, (set) => new Set(set.ALLOWED_ORIGINS.filter(isOrigin)));

/**
 * Checks the entries that {@link allowedOrigins} and {@link clerkEnv} leave out.
 *
 * @throws AppError `not_configured`
 */
export const checkOrigins = group(
  variables(() => ({ ALLOWED_ORIGINS: origins(), CLERK_AUTHORIZED_PARTIES: origins() })),
  (set) => set,
);

const ListenVariables = variables(() => ({
  HOST: z._default(z.string(), DEFAULTS.HOST),
  PORT: z._default(
    z.string().check(
      z.refine((port) => /^\d{1,5}$/.test(port) && Number(port) < 65_536, "must be a number of a port, at most 65535"),
    ),
    DEFAULTS.PORT,
  ),
  STOP_DELAY_SECONDS: z._default(
    text(/^(1?\d|20)$/, "must be a number of seconds from 0 to 20"),
    DEFAULTS.STOP_DELAY_SECONDS,
  ),
}));

/** Where the plain server listens, and the milliseconds for which it accepts requests after the signal to stop. */
export const listenEnv = group(ListenVariables, (set) => ({
  hostname: set.HOST,
  port: Number(set.PORT),
  stopDelay: Number(set.STOP_DELAY_SECONDS) * 1_000,
}));

const SETTINGS = {
  access: accessEnv,
  checkout: () => duplicatePolicy() && checkoutEnv(),
  catalog: catalogEnv,
  clerk: () => billingRoles() && clerkPublicKeys(),
  clerk_webhook: () => clerkWebhookSecrets() && departurePolicy(),
  // Without the publishable keys every request with a bearer token fails.
  database: () => publishableKeys() && databaseEnv(),
  log: loggedSuccesses,
  origins: checkOrigins,
  reconcile: reconcileSecret,
  stripe: () => portalEnv() && stripeEnv(),
  webhook: webhookSecrets,
};

export type Service = keyof typeof SETTINGS;
type Configured = Record<Service, boolean>;

/** For each service, whether its variables are set and can be used; never a value. */
export async function configured(): Promise<Configured> {
  const errors = await configurationErrors();
  return Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, !errors.has(name as Service)])) as Configured;
}

/** For each service that is not configured, the variables that are missing or wrong; never a value. */
export async function configurationErrors(): Promise<Map<Service, string>> {
  const errors = new Map<Service, string>();
  await Promise.all(
    Object.entries<() => unknown>(SETTINGS).map(async ([name, settings]) => {
      try {
        await settings();
      } catch (error) {
        const { cause, message } = error as AppError;
        errors.set(name as Service, (cause as Error | undefined)?.message ?? message);
      }
    }),
  );
  return errors;
}

/** The key named `default`, otherwise the first, otherwise the legacy one. */
function secretKeyOf(
  { SUPABASE_SECRET_KEYS: keys, SUPABASE_SERVICE_ROLE_KEY }: z.infer<ReturnType<typeof ProjectVariables>>,
): string {
  return keys.default ?? Object.values(keys)[0] ?? SUPABASE_SERVICE_ROLE_KEY ?? "";
}

type Read<Variables> = Variables extends () => z.ZodMiniObject<infer Shape> ? keyof Shape : never;

/** The variables that this module reads; env_test.ts compares them with the list. */
export type ReadVariable = Read<
  | typeof StripeVariables
  | typeof ClerkVariables
  | typeof ClerkApiVariables
  | typeof ClerkWebhookVariables
  | typeof DepartureVariables
  | typeof DuplicateVariables
  | typeof BillingVariables
  | typeof AccessVariables
  | typeof PortalVariables
  | typeof CheckoutVariables
  | typeof ServerVariables
  | typeof ProjectVariables
  | typeof PublishableKeys
  | typeof WebhookVariables
  | typeof ReconcileVariables
  | typeof CatalogVariables
  | typeof LogVariables
  | typeof OriginVariables
  | typeof ListenVariables
>;
