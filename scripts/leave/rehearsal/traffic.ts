/** Users who arrive, become customers and buy, and an operator who renames products at Stripe, without a break. */
import type Stripe from "stripe";
import type { TestStack } from "../../testbed/client.ts";

/** Users who arrive at the same time. */
const SHOPPERS = 3;
/** Every how many of them one buys. */
const BUYERS = 3;
/** Milliseconds between two changes of a product, and before a refused call is repeated. */
const PAUSE = 30;

export interface Traffic {
  /** The owner → the customer ids that calls have answered. */
  readonly customers: ReadonlyMap<string, ReadonlySet<string>>;
  readonly buyers: ReadonlySet<string>;
  readonly counts: { calls: number; refused: number; changes: number };
  /** Waits until this many more users have been served, which begin after the call. */
  served(users: number): Promise<void>;
  /** Milliseconds of the longest time without a successful answer, since the last call of this. */
  longestGap(): number;
  /** Ends it after what has begun. */
  stop(): Promise<void>;
  /** Ends it at once, after a failure. */
  end(): Promise<void>;
}

/** @param url The base URL of the endpoints */
export function startTraffic(stack: TestStack, stripe: Stripe, url: string, products: readonly string[]): Traffic {
  const customers = new Map<string, Set<string>>();
  const buyers = new Set<string>();
  const counts = { calls: 0, refused: 0, changes: 0 };
  let arrived = 0;
  let isStopped = false;
  let isEnded = false;
  let last = performance.now();
  let gap = 0;
  const waiting = new Set<{ from: number; left: number; resolve: () => void }>();

  const pause = () => new Promise((resume) => setTimeout(resume, PAUSE));

  /** Repeats a call until it succeeds, as a client does that honours 503. */
  async function call(token: string, name: string, body: unknown): Promise<Record<string, string>> {
    for (;;) {
      counts.calls++;
      const response = await fetch(`${url}/${name}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      }).catch(() => undefined);
      const answer = await response?.json().catch(() => undefined);
      if (response?.ok && answer !== undefined) {
        gap = Math.max(gap, performance.now() - last);
        last = performance.now();
        return answer;
      }
      if (response !== undefined && response.status < 500 && response.status !== 409) {
        throw new Error(`${name} answered ${response.status}: ${JSON.stringify(answer)}`);
      }
      if (isEnded) throw new Error("The traffic has ended");
      counts.refused++;
      await pause();
    }
  }

  async function serve(number: number) {
    const user = await stack.newUser(`rehearsal${number}@example.com`);
    const token = await stack.sign({ sub: user, exp: Math.floor(Date.now() / 1000) + 3_600 });
    const ids = new Set<string>();
    customers.set(user, ids);
    for (let repetition = 0; repetition < 2; repetition++) {
      ids.add((await call(token, "stripe-customer", {})).customer_id ?? "");
    }
    if (number % BUYERS !== 0) return;
    const page = { success_url: "http://localhost:3000/", cancel_url: "http://localhost:3000/" };
    const session = await call(token, "stripe-checkout", { price: "starter_monthly", ...page });
    const entered = new URLSearchParams({ action: "pay", method: "visa" });
    await (await fetch(session.url ?? "", { method: "POST", body: entered, redirect: "manual" })).body?.cancel();
    buyers.add(user);
  }

  async function shop() {
    while (!isStopped) {
      const number = ++arrived;
      await serve(number);
      for (const each of waiting) {
        if (number <= each.from || --each.left > 0) continue;
        waiting.delete(each);
        each.resolve();
      }
    }
  }

  async function rename() {
    while (!isStopped) {
      const product = products[counts.changes % products.length]!;
      await stripe.products.update(product, { name: `Name ${++counts.changes}` });
      await pause();
    }
  }

  const work = Promise.all([...Array.from({ length: SHOPPERS }, shop), rename()]);
  work.catch(() => isStopped = true);
  return {
    customers,
    buyers,
    counts,
    // It fails when the traffic does.
    served: (users) =>
      Promise.race([
        new Promise<void>((resolve) => waiting.add({ from: arrived, left: users, resolve })),
        work.then(() => {}),
      ]),
    longestGap() {
      const longest = Math.max(gap, performance.now() - last);
      gap = 0;
      last = performance.now();
      return longest;
    },
    async stop() {
      isStopped = true;
      await work;
    },
    async end() {
      isStopped = isEnded = true;
      await work.catch(() => {});
    },
  };
}
