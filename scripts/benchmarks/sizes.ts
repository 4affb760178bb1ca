/** How much is measured. */
export interface Sizes {
  /** Each figure is the median of so many rounds, in which the subjects take turns. */
  readonly rounds: number;
  /** Before the first, for the engine to compile what is hot: so many seconds, and so many requests. */
  readonly warmUp: { readonly seconds: number; readonly requests: number };
  /** Seconds that one turn takes, about … */
  readonly seconds: number;
  /** … with so many requests at least, so that a slow subject's turn is more than its beginning. */
  readonly fewest: number;
  /** Connections of the load generator, each with one request at a time. */
  readonly concurrency: number;
  /** Processes started for each cold start. */
  readonly coldStarts: number;
  /** Mapping rows: a few and many. */
  readonly mappings: readonly [number, number];
  /** Products, each with a price: a few and many. */
  readonly products: readonly [number, number];
  /** Events in a turn. */
  readonly events: number;
  /** Events that a full ledger has seen before. */
  readonly ledger: number;
  /** How often the way of a change from Stripe to the catalog is gone. */
  readonly changes: number;
  /** New customers in a turn. */
  readonly newCustomers: number;
  /** Different tokens in a flood; more than a function remembers. */
  readonly tokens: number;
  /** At full load. */
  readonly minutes: number;
}

export const FULL: Sizes = {
  rounds: 5,
  warmUp: { seconds: 1.5, requests: 1_000 },
  seconds: 0.6,
  fewest: 100,
  concurrency: 16,
  coldStarts: 7,
  mappings: [1_000, 1_000_000],
  products: [100, 10_000],
  events: 400,
  ledger: 1_000_000,
  changes: 15,
  newCustomers: 100,
  tokens: 2_000,
  minutes: 1,
};

/** For a look while working: the figures are rough. */
export const QUICK: Sizes = {
  ...FULL,
  rounds: 3,
  warmUp: { seconds: 0.5, requests: 100 },
  seconds: 0.2,
  fewest: 30,
  coldStarts: 3,
  mappings: [1_000, 50_000],
  products: [100, 1_000],
  events: 100,
  ledger: 50_000,
  changes: 5,
  newCustomers: 30,
  minutes: 0.1,
};

/** To see that everything runs: the figures mean nothing. */
export const TINY: Sizes = {
  rounds: 1,
  warmUp: { seconds: 0.01, requests: 5 },
  seconds: 0,
  fewest: 5,
  concurrency: 2,
  coldStarts: 1,
  mappings: [20, 40],
  products: [60, 80],
  events: 4,
  ledger: 40,
  changes: 2,
  newCustomers: 2,
  tokens: 4,
  minutes: 0.005,
};
