import { invalid, noSuch } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, integer, oneOf, type Param, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { PromotionCode } from "../../core/wire.ts";
import { currency } from "../shared/currency.ts";
import { codeNamed, isRedeemable } from "./redeemable.ts";

const code: Param<string> = (value, param) => {
  const given = text(value, param);
  if (/^[a-zA-Z0-9-]+$/.test(given)) return given;
  throw invalid("Codes may only contain letters (a-z, A-Z), digits (0-9), and dashes (-).", param);
};

const create = fields({
  active: boolean,
  code,
  customer: text,
  expires_at: integer(0),
  max_redemptions: integer(1),
  metadata,
  promotion: fields({ coupon: text, type: oneOf("coupon") }, "coupon", "type"),
  restrictions: fields({
    first_time_transaction: boolean,
    minimum_amount: integer(1),
    minimum_amount_currency: currency,
  }),
}, "promotion");
const update = fields({ active: boolean, metadata });
const listed = fields({ ...pageParams, active: boolean, code: text, coupon: text, created: time, customer: text });

export const expansions: Expansions<PromotionCode> = {
  references: { customer: "customer" },
  included: {},
  current: (one, store) => ({ ...one, active: isRedeemable(one, store) }),
};

/** https://docs.stripe.com/api/promotion_codes */
export const promotionCode: Resource<
  "promotion_code",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "promotion_code",
  path: "/v1/promotion_codes",
  idParam: "promotion_code",
  create: { params: create, run: newCode },
  update: {
    params: update,
    run(before, { active = before.active, metadata: change }, store) {
      const after = { ...before, active, metadata: mergeMetadata(before.metadata ?? {}, change) };
      if (active && !before.active) {
        if (!isRedeemable(after, store)) throw invalid("This promotion code cannot be reactivated.", "active");
        refuseDouble(after, store);
      }
      return store.tables.promotion_code.replace(after);
    },
  },
  list: {
    params: listed,
    matches: ({ active, code, coupon, created, customer }, store) => (one) =>
      (active === undefined || isRedeemable(one, store) === active) &&
      (code === undefined || one.code.toLowerCase() === code.toLowerCase()) &&
      (coupon === undefined || one.promotion.coupon === coupon) &&
      (created === undefined || created(one.created)) &&
      (customer === undefined || one.customer === customer),
  },
};

function newCode(params: ReturnType<typeof create>, store: Store): PromotionCode {
  const { promotion, customer = null, restrictions = {} } = params;
  const coupon = store.tables.coupon.live(promotion.coupon);
  if (!coupon) throw noSuch("coupon", promotion.coupon, "promotion[coupon]");
  if (customer !== null && !store.tables.customer.live(customer)) throw noSuch("customer", customer, "customer");
  if ((restrictions.minimum_amount === undefined) !== (restrictions.minimum_amount_currency === undefined)) {
    throw invalid("`minimum_amount` goes with `minimum_amount_currency`.", "restrictions[minimum_amount]");
  }
  const one: PromotionCode = {
    id: randomId("promo_1", 23),
    object: "promotion_code",
    active: params.active ?? true,
    code: params.code ?? randomId("", 8).toUpperCase(),
    created: store.time(),
    customer,
    customer_account: null,
    expires_at: params.expires_at ?? coupon.redeem_by,
    livemode: false,
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    promotion,
    restrictions: {
      first_time_transaction: restrictions.first_time_transaction ?? false,
      minimum_amount: restrictions.minimum_amount ?? null,
      minimum_amount_currency: restrictions.minimum_amount_currency ?? null,
    },
    times_redeemed: 0,
  };
  if (one.active) refuseDouble(one, store);
  return store.tables.promotion_code.add(one);
}

/** Refuses a second active code of the same name, for everyone or for the same customer. */
function refuseDouble({ id, code, customer }: PromotionCode, store: Store): void {
  const other = codeNamed(code, store, (one) => one.id !== id && one.customer === customer);
  if (other) throw invalid(`An active promotion code with \`code: ${code}\` already exists.`, "code");
}
