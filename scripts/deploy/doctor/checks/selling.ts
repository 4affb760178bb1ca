import type Stripe from "stripe";
import { DEFAULTS } from "../../../../supabase/functions/_shared/contract/variables.ts";
import { Failure } from "../../../lib/failure.ts";
import { isForbidden, isMissing, openStripe, stripeCall } from "../../stripe/sdk.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** An active price, as the mirror and its metadata describe it. */
interface Price {
  readonly id: string;
  readonly product: string;
  /** Null unless it is on offer: a plan's slot. */
  readonly slot: string | null;
  /** The metadata with a bad value; null for a price that is off. */
  readonly invalid: string[] | null;
}

const METADATA = "docs/10-selling.md#checkout";

/** What is sold is what the metadata, the portal and Stripe Tax are set up for. */
export async function checkSelling({ database, stripeUrl, variables }: DoctorTarget): Promise<Finding[]> {
  const stripe = openStripe(stripeUrl, variables.STRIPE_SECRET_KEY ?? "");
  const prices = await readPrices(database, variables.CHECKOUT_SLOT ?? DEFAULTS.CHECKOUT_SLOT);
  const findings = [
    ...checkMetadata(prices),
    ...await unlessForbidden("the portal", () => checkPortal(stripe, prices, variables.STRIPE_PORTAL_CONFIGURATION)),
    ...await unlessForbidden("Payment Links", () => checkPaymentLinks(stripe, prices)),
    ...variables.CHECKOUT_TAX === "automatic" ? await unlessForbidden("Stripe Tax", () => checkTax(stripe)) : [],
  ];
  return findings.length > 0 ? findings : [ok("Selling: metadata, portal, Payment Links and tax fit together")];
}

const readPrices = (database: DoctorTarget["database"], slotBy: string): Promise<Price[]> =>
  database.query<Price>(
    `select price.id, price.product, offer -> 'invalid' as invalid,
       case when offer -> 'invalid' = '[]' and offer ->> 'mode' = 'subscription' then offer ->> 'slot' end as slot
     from public.stripe_prices as price cross join lateral billing.find_offer(price.id, $1) as offer
     where price.active
     order by price.id`,
    [slotBy],
  );

function checkMetadata(prices: readonly Price[]): Finding[] {
  const bad = prices.filter(({ invalid }) => invalid !== null && invalid.length > 0);
  const [first] = bad;
  if (first === undefined) return [];
  return [wrong(
    `Selling: ${bad.length} prices are not offered because of bad metadata, first ${first.id}: ${
      first.invalid!.join(", ")
    }`,
    `correct the metadata of the price or of ${first.product} at Stripe: ${METADATA}`,
  )];
}

/** A plan change is for an offer of the subscription's slot, so the portal may show nothing else. */
async function checkPortal(stripe: Stripe, prices: readonly Price[], id?: string): Promise<Finding[]> {
  const configuration = await findConfiguration(stripe, id);
  if (configuration === undefined) {
    if (id) {
      return [wrong(
        `Selling: Stripe has no portal configuration ${id}, so stripe-portal answers 503`,
        "correct STRIPE_PORTAL_CONFIGURATION, or remove it for the default configuration",
      )];
    }
    return [note(
      "Selling: the customer portal's settings were never saved, so stripe-portal answers 503",
      "save them at https://dashboard.stripe.com/settings/billing/portal",
    )];
  }
  const { enabled, products } = configuration.features.subscription_update;
  if (!enabled) return [];
  const findings: Finding[] = [];
  const listed = (products ?? []).flatMap((product) => product.prices);
  const offered = new Map(prices.map(({ id, slot }) => [id, slot]));
  const unsold = listed.filter((price) => !offered.get(price));
  if (unsold.length > 0) {
    findings.push(wrong(
      `Selling: the portal ${configuration.id} offers ${unsold.length} prices that are not offered, first ${unsold[0]}`,
      "remove them from the portal's settings, or offer them: " + METADATA,
    ));
  }
  const slots = new Set(listed.flatMap((price) => offered.get(price) ?? []));
  if (slots.size > 1) {
    findings.push(wrong(
      `Selling: the portal ${configuration.id} has products of several slots: ${[...slots].sort().join(", ")}`,
      "keep the products of one slot in the portal's settings",
    ));
  }
  return findings;
}

async function findConfiguration(stripe: Stripe, id?: string): Promise<Stripe.BillingPortal.Configuration | undefined> {
  // The products are left out of an answer unless they are asked for.
  const products = "features.subscription_update.products";
  if (!id) {
    const params = { is_default: true, limit: 1, expand: [`data.${products}`] };
    return (await stripeCall(stripe.billingPortal.configurations.list(params))).data[0];
  }
  try {
    return await stripeCall(stripe.billingPortal.configurations.retrieve(id, { expand: [products] }));
  } catch (error) {
    if (error instanceof Failure && isMissing(error.cause)) return undefined;
    throw error;
  }
}

/** A link makes a customer of its own, whom no owner has, and an owner may buy with it what a checkout would refuse. */
async function checkPaymentLinks(stripe: Stripe, prices: readonly Price[]): Promise<Finding[]> {
  const offered = new Set(prices.flatMap(({ id, invalid }) => invalid === null ? [] : [id]));
  const selling: string[] = [];
  let starting_after: string | undefined;
  do {
    const params = { active: true, limit: 100, starting_after, expand: ["data.line_items"] };
    const { data, has_more } = await stripeCall(stripe.paymentLinks.list(params));
    // A link shows its first ten line items; few have more.
    const sells = data.filter(({ line_items }) => line_items!.data.some(({ price }) => offered.has(price!.id)));
    selling.push(...sells.map(({ id }) => id));
    starting_after = has_more ? data.at(-1)!.id : undefined;
  } while (starting_after !== undefined);
  if (selling.length === 0) return [];
  return [wrong(
    `Selling: ${selling.length} active Payment Links sell prices that are on offer, first ${selling[0]}`,
    "deactivate them: what they sell belongs to no user or organization, and is not counted against what may be bought once",
  )];
}

async function checkTax(stripe: Stripe): Promise<Finding[]> {
  const { status, status_details } = await stripeCall(stripe.tax.settings.retrieve());
  if (status === "active") return [];
  const missing = status_details.pending?.missing_fields ?? [];
  return [wrong(
    `Selling: CHECKOUT_TAX is automatic, but Stripe Tax is ${status}${
      missing.length > 0 ? `, without ${missing.join(", ")}` : ""
    }, so stripe-checkout answers 503`,
    "complete https://dashboard.stripe.com/settings/tax, or remove CHECKOUT_TAX",
  )];
}

/** A restricted key may lack a permission, which is a note. @throws Any other error */
async function unlessForbidden(what: string, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof Failure && isForbidden(error.cause))) throw error;
    return [note(`Selling: ${what} not checked, because the Stripe key may not read it`)];
  }
}
