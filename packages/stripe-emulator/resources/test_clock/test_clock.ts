import { invalid } from "../../core/errors.ts";
import type { AllExpansions, Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, integer, text } from "../../core/params.ts";
import { action, type Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Customer, TestClock } from "../../core/wire.ts";

const DAY = 24 * 60 * 60;
const create = fields({ frozen_time: integer(1), name: text }, "frozen_time");
const listed = fields(pageParams);

export const expansions: Expansions<TestClock> = { references: {}, included: {} };

/** https://docs.stripe.com/api/test_clocks */
export const testClock: Resource<
  "test_helpers.test_clock",
  ReturnType<typeof create>,
  never,
  ReturnType<typeof listed>
> = {
  kind: "test_helpers.test_clock",
  path: "/v1/test_helpers/test_clocks",
  idParam: "test_clock",
  create: {
    params: create,
    run: ({ frozen_time, name }, store) =>
      store.tables["test_helpers.test_clock"].add({
        id: randomId("clock_1", 23),
        object: "test_helpers.test_clock",
        created: store.time(),
        deletes_after: store.time() + 30 * DAY,
        frozen_time,
        livemode: false,
        name: name ?? null,
        status: "ready",
        status_details: {},
      }),
  },
  list: { params: listed, matches: () => () => true },
};

/** A customer's current time, in seconds: that of its test clock, else the account's. */
export function timeOf(customer: string, store: Store): number {
  const { test_clock } = store.tables.customer.live(customer) ?? {};
  const clock = typeof test_clock === "string" ? store.tables["test_helpers.test_clock"].live(test_clock) : undefined;
  return clock?.frozen_time ?? store.time();
}

/** The clock with an id. @throws StripeError when there is none */
export function requireTestClock(id: string, store: Store): TestClock {
  const clock = store.tables["test_helpers.test_clock"].live(id);
  if (clock) return clock;
  throw invalid(`No such testclock: '${id}'`, "test_clock", "resource_missing");
}

/** The customers of a test clock. */
export function customersOf(clock: string, store: Store): Customer[] {
  const found: Customer[] = [];
  const { customer } = store.tables;
  for (let position = 0; position < customer.length; position++) {
    const one = customer.at(position);
    if (one?.test_clock === clock) found.push(one);
  }
  return found;
}

const ADVANCE = { kind: "test_helpers.test_clock", idParam: "test_clock" } as const;

/** Advance and delete; `advanced` runs what is due for the customers, `forget` deletes them. */
export const testClockCalls = (
  all: AllExpansions,
  advanced: (store: Store) => void,
  forget: (customer: Customer, store: Store) => void,
) => [
  action({
    ...ADVANCE,
    path: "/v1/test_helpers/test_clocks/:id/advance",
    params: fields({ frozen_time: integer(1) }, "frozen_time"),
    run(clock, { frozen_time }, store) {
      if (frozen_time <= clock.frozen_time) {
        throw invalid("The frozen_time must be after the clock's current frozen_time.", "frozen_time");
      }
      const table = store.tables["test_helpers.test_clock"];
      const answer = table.replace({ ...clock, frozen_time, status: "advancing" }, { silent: true });
      store.emit("test_helpers.test_clock.advancing", answer, clock);
      advanced(store);
      const ready = table.replace({ ...answer, status: "ready" }, { silent: true });
      store.emit("test_helpers.test_clock.ready", ready, answer);
      return answer;
    },
  }, all),
  action(
    {
      ...ADVANCE,
      path: "/v1/test_helpers/test_clocks/:id",
      params: fields({}),
      run(clock, _, store) {
        for (const customer of customersOf(clock.id, store)) forget(customer, store);
        return store.tables["test_helpers.test_clock"].remove(clock.id);
      },
    },
    all,
    "DELETE",
  ),
];
