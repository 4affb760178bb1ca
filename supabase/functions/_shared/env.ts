/** The environment: read nowhere else, checked in groups when a group is first needed, and named when it is wrong. */
import * as z from "zod/mini";
import { AppError } from "./errors.ts";

const text = (pattern: RegExp, message: string) => z.string("is missing").check(z.regex(pattern, message));
const url = () => z.pipe(z.url("is no URL"), z.transform((address: string) => address.replace(/\/+$/, "")));
const keys = () => z._default(z.pipe(z.string(), z.transform(keysOf)), {});
const origins = () => {
  const sound = z.refine<string[]>(
    (items) => items.every(isOrigin),
    "holds something else than origins (https://a.com)",
  );
  return z._default(z.pipe(z.string(), z.pipe(z.transform(itemsOf), z.array(z.string()).check(sound))), []);
};

/** A variable that is set to nothing counts as missing, because `.env` files are copied with their blanks. */
function group<Settings>(schema: z.ZodMiniType<Settings>): () => Settings {
  let settings: Settings | undefined;
  return () => settings ??= check(schema);
}

function check<Settings>(schema: z.ZodMiniType<Settings>): Settings {
  const variables = Object.entries(Deno.env.toObject()).filter(([, value]) => value.trim() !== "");
  const { data, error } = z.safeParse(schema, Object.fromEntries(variables));
  if (!error) return data;
  throw AppError.notConfigured(error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join(", "));
}

/** A rule about several variables; `path` is the one to mend. */
function rule<Set>(path: string, message: string, holds: (set: NoInfer<Set>) => boolean): z.core.$ZodCheck<Set> {
  return z.refine<Set>(holds, { path: [path], message });
}

const StripeVariables = z.object({
  STRIPE_SECRET_KEY: text(/^(sk|rk)_(test|live)_\w+$/, "is no secret key of Stripe (sk_test_…)"),
  STRIPE_API_URL: z.optional(url()),
});

/** Which Stripe account is asked, and how. The mode is the key's. */
export const stripeEnv = group(z.pipe(
  StripeVariables.check(
    rule("STRIPE_API_URL", "names a stand-in, which never gets a live key", (set) => {
      return set.STRIPE_API_URL === undefined || set.STRIPE_SECRET_KEY.includes("_test_");
    }),
  ),
  z.transform((set) => ({
    secretKey: set.STRIPE_SECRET_KEY,
    livemode: set.STRIPE_SECRET_KEY.includes("_live_"),
    url: set.STRIPE_API_URL,
  })),
));

const ClerkVariables = z.object({
  CLERK_PUBLISHABLE_KEY: z.optional(z.string().check(z.refine(issuerOf, "is no publishable key of Clerk (pk_test_…)"))),
  CLERK_ISSUER: z.optional(url()),
  CLERK_SECRET_KEY: z.optional(text(/^sk_(test|live)_/, "is no secret key of Clerk (sk_test_…)")),
  CLERK_JWT_KEY: z._default(
    z.pipe(
      text(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/, "is no public key in PEM form"),
      z.transform(pemsOf),
    ),
    [],
  ),
  CLERK_API_URL: z._default(url(), "https://api.clerk.com"),
  CLERK_AUTHORIZED_PARTIES: origins(),
  ALLOWED_ORIGINS: origins(),
});

/** Which Clerk instance signs the tokens, for which frontends, and how its keys are known. */
export const clerkEnv = group(z.pipe(
  ClerkVariables.check(
    rule("CLERK_PUBLISHABLE_KEY", "is missing", (set) => Boolean(set.CLERK_ISSUER ?? set.CLERK_PUBLISHABLE_KEY)),
    rule("CLERK_SECRET_KEY", "is missing, and so is CLERK_JWT_KEY", (set) => {
      return set.CLERK_SECRET_KEY !== undefined || set.CLERK_JWT_KEY.length > 0;
    }),
  ),
  z.transform((set) => ({
    issuer: set.CLERK_ISSUER ?? issuerOf(set.CLERK_PUBLISHABLE_KEY ?? ""),
    secretKey: set.CLERK_SECRET_KEY,
    pems: set.CLERK_JWT_KEY,
    apiUrl: set.CLERK_API_URL,
    authorizedParties: new Set(
      set.CLERK_AUTHORIZED_PARTIES.length > 0 ? set.CLERK_AUTHORIZED_PARTIES : set.ALLOWED_ORIGINS,
    ),
  })),
));

const DatabaseVariables = z.object({
  SUPABASE_URL: url(),
  SUPABASE_SECRET_KEYS: keys(),
  SUPABASE_SERVICE_ROLE_KEY: z.optional(z.string()),
});

/** The platform sets these itself: https://supabase.com/docs/guides/functions/secrets */
export const databaseEnv = group(z.pipe(
  DatabaseVariables.check(rule("SUPABASE_SECRET_KEYS", "is missing", (set) => secretKeyOf(set) !== "")),
  z.transform((set) => ({ url: set.SUPABASE_URL, secretKey: secretKeyOf(set) })),
));

const PublishableKeys = z.object({ SUPABASE_PUBLISHABLE_KEYS: keys(), SUPABASE_ANON_KEY: z.optional(z.string()) });

/** The project's own public keys, which supabase-js sends as bearer for a signed-out visitor. */
export const publishableKeys = group(z.pipe(
  PublishableKeys,
  z.transform((set) => new Set([...Object.values(set.SUPABASE_PUBLISHABLE_KEYS), set.SUPABASE_ANON_KEY])),
));

const secret = text(/^[\x21-\x7e]{32,}$/, "is shorter than 32 characters, or has other than letters, digits and signs");

const WebhookVariables = z.object({
  STRIPE_WEBHOOK_SECRET: z.pipe(
    z.pipe(z.string("is missing"), z.transform(itemsOf)),
    z.array(z.string().check(z.regex(/^whsec_\w{16,}$/, "is no secret of a webhook endpoint")))
      .check(z.minLength(1, "is missing")),
  ),
});

/** The secrets of Stripe's webhook endpoint: several while one is being replaced. */
export const webhookSecrets = group(z.pipe(WebhookVariables, z.transform((set) => set.STRIPE_WEBHOOK_SECRET)));

/** What the scheduler sends to be let in. */
export const reconcileSecret = group(z.pipe(
  z.object({ RECONCILE_SECRET: secret }),
  z.transform((set) => set.RECONCILE_SECRET),
));

const CatalogVariables = z.object({
  CATALOG_ACCESS: z._default(
    z.enum(["authenticated", "public"], "is neither authenticated nor public"),
    "authenticated",
  ),
  CATALOG_REFRESH_SECONDS: z._default(text(/^([5-9]|[1-9]\d{1,4})$/, "is no number of seconds from 5 to 99999"), "60"),
});

/** Who may read the catalog, and after how many seconds it is read from Stripe again. */
export const catalogEnv = group(z.pipe(
  CatalogVariables,
  z.transform((set) => ({
    isPublic: set.CATALOG_ACCESS === "public",
    refreshSeconds: Number(set.CATALOG_REFRESH_SECONDS),
  })),
));

/** The frontends that may call and be returned to. */
export const allowedOrigins = group(z.pipe(
  z.object({ ALLOWED_ORIGINS: origins() }),
  z.transform((set) => new Set(set.ALLOWED_ORIGINS)),
));

const SETTINGS = {
  catalog: catalogEnv,
  clerk: clerkEnv,
  // Without the public keys nobody with a token gets in either.
  database: () => publishableKeys() && databaseEnv(),
  origins: allowedOrigins,
  reconcile: reconcileSecret,
  stripe: stripeEnv,
  webhook: webhookSecrets,
};

/** For each service, whether its variables are there and well-formed; never a value. */
export function configured(): Record<keyof typeof SETTINGS, boolean> {
  const sound = (settings: () => unknown) => {
    try {
      return Boolean(settings());
    } catch {
      return false;
    }
  };
  return Object.fromEntries(Object.entries(SETTINGS).map(([name, settings]) => [name, sound(settings)])) as ReturnType<
    typeof configured
  >;
}

function itemsOf(list: string): string[] {
  return list.split(",").map((item) => item.trim()).filter(Boolean);
}

function isOrigin(text: string): boolean {
  return URL.parse(text)?.origin === text;
}

/** `{"default": "sb_…"}`, as the platform gives its keys. */
function keysOf(json: string, { issues }: { issues: unknown[] }): Record<string, string> {
  try {
    return z.parse(z.record(z.string(), z.string()), JSON.parse(json));
  } catch {
    issues.push({ code: "custom", message: "is no JSON object of keys" });
    return {};
  }
}

/** The key named `default`, else the first, else the legacy one. */
function secretKeyOf(
  { SUPABASE_SECRET_KEYS: keys, SUPABASE_SERVICE_ROLE_KEY }: z.infer<typeof DatabaseVariables>,
): string {
  return keys.default ?? Object.values(keys)[0] ?? SUPABASE_SERVICE_ROLE_KEY ?? "";
}

/** `pk_test_<base64 of "instance.clerk.accounts.dev$">` → `https://instance.clerk.accounts.dev`. */
function issuerOf(publishableKey: string): string | undefined {
  const [, encoded] = publishableKey.match(/^pk_(?:test|live)_([\w+/]+=*)$/) ?? [];
  try {
    const [, host] = atob(encoded ?? "").match(/^([a-z0-9.-]+)\$$/i) ?? [];
    return host && `https://${host}`;
  } catch {
    return undefined;
  }
}

/** One PEM or several behind one another; environment files write a line break as `\n`. */
function pemsOf(value: string): string[] {
  return value.replaceAll("\\n", "\n").match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
}
