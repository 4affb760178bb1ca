/** The index of the resources: one folder for each, named after Stripe's; `shared/` has what several of them use. */
import type { AllExpansions } from "../core/expand.ts";
import { type Route, routes } from "../core/resource.ts";
import type { Store } from "../core/store.ts";
import { accountRoutes } from "./account/account.ts";
import {
  activeEntitlement,
  expansions as activeEntitlementExpansions,
} from "./active_entitlement/active_entitlement.ts";
import {
  checkoutSession,
  checkoutSessionCalls,
  expansions as checkoutSessionExpansions,
  expireSessions,
} from "./checkout_session/checkout_session.ts";
import { paymentPageCalls } from "./checkout_session/payment_page.ts";
import { charge, expansions as chargeExpansions } from "./charge/charge.ts";
import { coupon, expansions as couponExpansions } from "./coupon/coupon.ts";
import { customer, expansions as customerExpansions, removeCustomer } from "./customer/customer.ts";
import { expansions as discountExpansions } from "./discount/discount.ts";
import { dispute, expansions as disputeExpansions } from "./dispute/dispute.ts";
import { eventRoutes } from "./event/event.ts";
import { expansions as featureExpansions, feature } from "./feature/feature.ts";
import { invoiceCalls } from "./invoice/calls.ts";
import { expansions as invoiceExpansions, invoice } from "./invoice/invoice.ts";
import { previewCall } from "./invoice/preview.ts";
import { expansions as invoiceItemExpansions, invoiceItem } from "./invoice_item/invoice_item.ts";
import { expansions as invoicePaymentExpansions, invoicePayment } from "./invoice_payment/invoice_payment.ts";
import { expansions as lineItemExpansions, lineItemCalls } from "./invoice_line_item/invoice_line_item.ts";
import { expansions as paymentIntentExpansions, paymentIntent } from "./payment_intent/payment_intent.ts";
import { expansions as paymentLinkExpansions, paymentLink } from "./payment_link/payment_link.ts";
import {
  expansions as paymentMethodExpansions,
  paymentMethod,
  paymentMethodCalls,
} from "./payment_method/payment_method.ts";
import {
  expansions as portalConfigurationExpansions,
  portalConfiguration,
} from "./portal_configuration/portal_configuration.ts";
import { expansions as portalSessionExpansions, portalSessionCalls } from "./portal_session/portal_session.ts";
import { expansions as priceExpansions, price } from "./price/price.ts";
import { expansions as productExpansions, product } from "./product/product.ts";
import { expansions as productFeatureExpansions, productFeatureCalls } from "./product_feature/product_feature.ts";
import { expansions as promotionCodeExpansions, promotionCode } from "./promotion_code/promotion_code.ts";
import { expansions as refundExpansions, refund } from "./refund/refund.ts";
import { everySecond } from "./shared/every_second.ts";
import { expansions as subscriptionExpansions, subscription, subscriptionCalls } from "./subscription/subscription.ts";
import { advanceAll } from "./subscription/tick.ts";
import {
  expansions as subscriptionItemExpansions,
  subscriptionItem,
  subscriptionItemCalls,
} from "./subscription_item/subscription_item.ts";
import { taxSettingsRoutes } from "./tax_settings/tax_settings.ts";
import { expansions as testClockExpansions, testClock, testClockCalls } from "./test_clock/test_clock.ts";
import { expansions as webhookEndpointExpansions, webhookEndpoint } from "./webhook_endpoint/webhook_endpoint.ts";

/** What `expand` can do to every kind of object. */
export const expansions: AllExpansions = {
  product: productExpansions,
  price: priceExpansions,
  customer: customerExpansions,
  payment_method: paymentMethodExpansions,
  subscription: subscriptionExpansions,
  subscription_item: subscriptionItemExpansions,
  invoice: invoiceExpansions,
  line_item: lineItemExpansions,
  invoiceitem: invoiceItemExpansions,
  "entitlements.feature": featureExpansions,
  product_feature: productFeatureExpansions,
  "entitlements.active_entitlement": activeEntitlementExpansions,
  "checkout.session": checkoutSessionExpansions,
  payment_intent: paymentIntentExpansions,
  payment_link: paymentLinkExpansions,
  charge: chargeExpansions,
  "billing_portal.configuration": portalConfigurationExpansions,
  "billing_portal.session": portalSessionExpansions,
  coupon: couponExpansions,
  promotion_code: promotionCodeExpansions,
  discount: discountExpansions,
  dispute: disputeExpansions,
  invoice_payment: invoicePaymentExpansions,
  refund: refundExpansions,
  "test_helpers.test_clock": testClockExpansions,
  webhook_endpoint: webhookEndpointExpansions,
};

/** Every API call. */
export const calls: Route[] = [
  ...accountRoutes,
  ...routes(product, expansions),
  ...routes(price, expansions),
  ...routes(customer, expansions),
  ...routes(paymentMethod, expansions),
  ...paymentMethodCalls(expansions),
  ...routes(subscription, expansions),
  ...subscriptionCalls(expansions),
  ...routes(subscriptionItem, expansions),
  ...subscriptionItemCalls(expansions),
  previewCall(expansions),
  ...routes(invoice, expansions),
  ...invoiceCalls(expansions),
  ...lineItemCalls(expansions),
  ...routes(invoiceItem, expansions),
  ...routes(feature, expansions),
  ...productFeatureCalls(expansions),
  ...routes(activeEntitlement, expansions),
  ...routes(checkoutSession, expansions),
  ...checkoutSessionCalls(expansions),
  ...paymentPageCalls(expansions),
  ...routes(paymentIntent, expansions),
  ...routes(paymentLink, expansions),
  ...routes(charge, expansions),
  ...routes(portalConfiguration, expansions),
  ...portalSessionCalls(expansions),
  ...routes(coupon, expansions),
  ...routes(promotionCode, expansions),
  ...routes(dispute, expansions),
  ...routes(invoicePayment, expansions),
  ...routes(refund, expansions),
  ...taxSettingsRoutes,
  ...routes(testClock, expansions),
  ...testClockCalls(expansions, advanceAll, removeCustomer),
  ...eventRoutes,
  ...routes(webhookEndpoint, expansions),
];

/** What happens as time passes: runs before every request and after the clock moves. Each is cheap when nothing is due. */
export const ticks: ((store: Store) => void)[] = [everySecond(advanceAll), everySecond(expireSessions)];
