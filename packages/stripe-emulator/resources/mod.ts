import type { AllExpansions } from "../core/expand.ts";
import { type Route, routes } from "../core/resource.ts";
import type { Store } from "../core/store.ts";
import { accountRoutes } from "./account/account.ts";
import { checkoutCalls, checkoutSession, expansions as sessionExpansions, expireSessions } from "./checkout_session/checkout_session.ts";
import { customer, expansions as customerExpansions, removeCustomer } from "./customer/customer.ts";
import { activeEntitlement, expansions as entitlementExpansions } from "./active_entitlement/active_entitlement.ts";
import { eventRoutes } from "./event/event.ts";
import { everySecond } from "./shared/every_second.ts";
import { expansions as featureExpansions, feature, productFeatureCalls, productFeatureExpansions } from "./feature/feature.ts";
import { expansions as invoiceExpansions, invoice, lineExpansions } from "./invoice/invoice.ts";
import { invoiceCalls } from "./invoice/calls.ts";
import { expansions as invoiceItemExpansions, invoiceItem } from "./invoice_item/invoice_item.ts";
import { expansions as intentExpansions, paymentIntent } from "./payment_intent/payment_intent.ts";
import { expansions as paymentMethodExpansions, paymentMethod, paymentMethodCalls } from "./payment_method/payment_method.ts";
import { paymentPageCalls } from "./checkout_session/payment_page.ts";
import { expansions as priceExpansions, price } from "./price/price.ts";
import { expansions as productExpansions, product } from "./product/product.ts";
import { expansions as subscriptionExpansions, subscription, subscriptionCalls } from "./subscription/subscription.ts";
import { expansions as itemExpansions, subscriptionItem, subscriptionItemCalls } from "./subscription_item/subscription_item.ts";
import { advanceAll } from "./subscription/tick.ts";
import { clockCalls, expansions as clockExpansions, testClock } from "./test_clock/test_clock.ts";
import { expansions as endpointExpansions, webhookEndpoint } from "./webhook_endpoint/webhook_endpoint.ts";

/** What `expand` can do to every kind. */
export const expansions: AllExpansions = {
  product: productExpansions,
  price: priceExpansions,
  customer: customerExpansions,
  payment_method: paymentMethodExpansions,
  subscription: subscriptionExpansions,
  subscription_item: itemExpansions,
  invoice: invoiceExpansions,
  line_item: lineExpansions,
  invoiceitem: invoiceItemExpansions,
  "entitlements.feature": featureExpansions,
  product_feature: productFeatureExpansions,
  "entitlements.active_entitlement": entitlementExpansions,
  "checkout.session": sessionExpansions,
  payment_intent: intentExpansions,
  "test_helpers.test_clock": clockExpansions,
  webhook_endpoint: endpointExpansions,
};

/** Every call that there is. */
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
  ...routes(invoice, expansions),
  ...invoiceCalls(expansions),
  ...routes(invoiceItem, expansions),
  ...routes(feature, expansions),
  ...productFeatureCalls(expansions),
  ...routes(activeEntitlement, expansions),
  ...routes(checkoutSession, expansions),
  ...checkoutCalls(expansions),
  ...paymentPageCalls(expansions),
  ...routes(paymentIntent, expansions),
  ...routes(testClock, expansions),
  ...clockCalls(expansions, advanceAll, removeCustomer),
  ...eventRoutes,
  ...routes(webhookEndpoint, expansions),
];

/**
 * What happens by itself as time passes: called before every request and after the clock was moved. Each is cheap when
 * nothing is due.
 */
export const ticks: ((store: Store) => void)[] = [everySecond(advanceAll), everySecond(expireSessions)];
