/** How much is measured. */
export interface Sizes {
  /** Each figure is the median of this many rounds, in which the subjects are measured alternately. */
  readonly rounds: number;
  /** Before the first round, so that the engine has compiled hot code: at least this long and this many requests. */
  readonly warmUp: { readonly seconds: number; readonly requests: number };
  /** The approximate seconds of one sample … */
  readonly seconds: number;
  /** … and its minimum number of requests, for a slow subject. */
  readonly minRequests: number;
  /** Connections of the load generator, each with one request at a time. */
  readonly concurrency: number;
  /** Processes started per cold-start measurement. */
  readonly coldStarts: number;
  /** Rows of the customer mapping: few and many. */
  readonly mappings: readonly [number, number];
  /** Products, each with a price: few and many. */
  readonly products: readonly [number, number];
  /** Events per sample. */
  readonly events: number;
  /** Events in a full ledger. */
  readonly ledger: number;
  /** Changes at Stripe that are followed to the catalog. */
  readonly changes: number;
  /** New customers per sample. */
  readonly newCustomers: number;
  /** Different tokens under full load; more than a function caches. */
  readonly tokens: number;
  /** The duration of full load. */
  readonly minutes: number;
  /** Instances of a function that serve the catalog together, and for how many seconds. */
  readonly isolates: number;
  readonly isolateSeconds: number;
  /** Days that are simulated, and the live subscriptions of the larger shop. */
  readonly days: number;
  readonly subscriptions: number;
  /** Whether npm may install what only the benchmark needs; what is installed is used in any case. */
  readonly mayInstall: boolean;
}

export const FULL: Sizes = {
  rounds: 5,
  warmUp: { seconds: 1.5, requests: 1_000 },
  seconds: 0.6,
  minRequests: 100,
  concurrency: 16,
  coldStarts: 7,
  mappings: [1_000, 1_000_000],
  products: [100, 10_000],
  events: 600,
  ledger: 1_000_000,
  changes: 15,
  newCustomers: 100,
  tokens: 2_000,
  minutes: 1,
  isolates: 100,
  isolateSeconds: 10,
  days: 30,
  subscriptions: 1_000,
  mayInstall: true,
};

/** For use during development: the figures are rough. */
export const QUICK: Sizes = {
  ...FULL,
  rounds: 3,
  warmUp: { seconds: 0.5, requests: 100 },
  seconds: 0.2,
  minRequests: 30,
  coldStarts: 3,
  mappings: [1_000, 50_000],
  products: [100, 1_000],
  events: 100,
  ledger: 50_000,
  changes: 5,
  newCustomers: 30,
  minutes: 0.1,
  isolateSeconds: 3,
  days: 1,
  subscriptions: 50,
};

/** Only tests that everything runs: the figures have no meaning. */
export const TINY: Sizes = {
  rounds: 1,
  warmUp: { seconds: 0.01, requests: 5 },
  seconds: 0,
  minRequests: 5,
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
  isolates: 3,
  isolateSeconds: 2,
  days: 0.01,
  subscriptions: 2,
  mayInstall: false,
};
