import { invalid } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, integer, newId, number, oneOf, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Coupon } from "../../core/wire.ts";

const create = fields({
  id: newId,
  amount_off: integer(1),
  currency: text,
  duration: oneOf("forever", "once", "repeating"),
  duration_in_months: integer(1),
  max_redemptions: integer(1),
  metadata,
  name: text,
  percent_off: number,
  redeem_by: integer(0),
});
const update = fields({ metadata, name: text });
const listed = fields({ ...pageParams, created: time });

export const expansions: Expansions<Coupon> = {
  references: {},
  included: {},
  current: (one, store) => ({ ...one, valid: isValid(one, store) }),
};

/** Whether a coupon can be redeemed: it exists, in time and not too often. */
export const isValid = ({ max_redemptions, redeem_by, times_redeemed }: Coupon, store: Store): boolean =>
  (redeem_by === null || store.time() < redeem_by) && (max_redemptions === null || times_redeemed < max_redemptions);

/** https://docs.stripe.com/api/coupons */
export const coupon: Resource<
  "coupon",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "coupon",
  path: "/v1/coupons",
  idParam: "coupon",
  create: {
    params: create,
    run({ id = randomId("", 8), metadata: change, ...params }, store) {
      if (store.tables.coupon.live(id)) throw invalid("Coupon already exists.", "id", "resource_already_exists");
      requireDiscount(params);
      return store.tables.coupon.add({
        id,
        object: "coupon",
        amount_off: params.amount_off ?? null,
        created: store.time(),
        currency: params.currency?.toLowerCase() ?? null,
        duration: params.duration ?? "once",
        duration_in_months: params.duration_in_months ?? null,
        livemode: false,
        max_redemptions: params.max_redemptions ?? null,
        metadata: mergeMetadata({}, change),
        name: params.name ?? null,
        percent_off: params.percent_off ?? null,
        redeem_by: params.redeem_by ?? null,
        times_redeemed: 0,
        valid: true,
      });
    },
  },
  update: {
    params: update,
    run: (before, { metadata: change, ...params }, store) =>
      store.tables.coupon.replace({ ...before, ...params, metadata: mergeMetadata(before.metadata ?? {}, change) }),
  },
  list: {
    params: listed,
    matches: ({ created }) => (one) => created === undefined || created(one.created),
  },
  remove: (coupon, store) => store.tables.coupon.remove(coupon.id),
};

type Discount = Pick<
  ReturnType<typeof create>,
  "amount_off" | "currency" | "duration" | "duration_in_months" | "percent_off"
>;

function requireDiscount({ amount_off, currency, duration, duration_in_months, percent_off }: Discount): void {
  if ((amount_off === undefined) === (percent_off === undefined)) {
    throw invalid("You must pass either `amount_off` or `percent_off`, but not both.");
  }
  if (percent_off !== undefined && (percent_off <= 0 || percent_off > 100)) {
    throw invalid("Invalid percent_off: must be greater than 0 and at most 100", "percent_off");
  }
  if (amount_off !== undefined && currency === undefined) {
    throw invalid("You must pass `currency` when passing `amount_off`.", "currency");
  }
  if ((duration === "repeating") !== (duration_in_months !== undefined)) {
    throw invalid("`duration_in_months` goes with `duration=repeating`.", "duration_in_months");
  }
}
