import type * as checkouts from "../../database/checkouts.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as sessions from "../../stripe/checkout_sessions.ts";
import type * as mirrored from "../../stripe/mirrored.ts";
import type * as subscriptions from "../../stripe/subscriptions.ts";
import type { CustomerGateways } from "../customers/ensure_customer.ts";

export interface CheckoutGateways extends CustomerGateways {
  database: CustomerGateways["database"] & typeof checkouts & typeof mirror;
  stripe:
    & CustomerGateways["stripe"]
    & typeof sessions
    & typeof subscriptions
    & Pick<typeof mirrored, "retrieveObject">;
}
