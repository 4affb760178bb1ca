import type Stripe from "stripe";
import { stripe } from "./client.ts";

/**
 * A session of the customer portal, whose `url` must not be logged.
 * https://docs.stripe.com/api/customer_portal/sessions/create
 */
export const createPortalSession = (
  params: Stripe.BillingPortal.SessionCreateParams,
): Promise<Stripe.BillingPortal.Session> => stripe((sdk) => sdk.billingPortal.sessions.create(params));

/** Absent unless they are asked for. */
const PRODUCTS = "features.subscription_update.products";

/**
 * The portal's configuration, without an id the account's default; null when there is none.
 * https://docs.stripe.com/api/customer_portal/configurations
 */
export const readPortalConfiguration = (id?: string): Promise<Stripe.BillingPortal.Configuration | null> =>
  stripe(async (sdk) => {
    if (id !== undefined) return await sdk.billingPortal.configurations.retrieve(id, { expand: [PRODUCTS] });
    const params = { is_default: true, limit: 1, expand: [`data.${PRODUCTS}`] };
    return (await sdk.billingPortal.configurations.list(params)).data[0] ?? null;
  });

/** The invoice that an update would lead to. https://docs.stripe.com/api/invoices/create_preview */
export const previewInvoice = (params: Stripe.InvoiceCreatePreviewParams): Promise<Stripe.Invoice> =>
  stripe((sdk) => sdk.invoices.createPreview(params));
