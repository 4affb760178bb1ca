/** How much the proofs try: `npm test` runs the small sizes, `npm run ok` and CI the full ones. */
export interface ProofSize {
  readonly small: number;
  /** Also the default of the test itself. */
  readonly full: number;
  readonly what: string;
}

export const PROOF_SIZES: Readonly<Record<string, ProofSize>> = {
  PROOF_SCHEDULES: { small: 500, full: 100_000, what: "schedules of the customer model" },
  PROOF_CHECKOUTS: { small: 500, full: 100_000, what: "schedules of the checkout model" },
  PROOF_SWITCHES: { small: 2, full: 3, what: "switches between calls in every order of a few checkouts" },
  PROOF_WALKS: { small: 20, full: 1_000, what: "walks of the mirror model" },
  PROOF_USERS: { small: 8, full: 200, what: "users who call 50 times at once" },
  PROOF_BUYERS: { small: 6, full: 100, what: "owners who start checkouts at once" },
  PROOF_TABS: { small: 6, full: 20, what: "checkouts that each of them starts at once" },
  PROOF_KILLS: { small: 5, full: 100, what: "killed processes" },
  PROOF_RUNS: { small: 2, full: 20, what: "random schedules of the functions" },
  PROOF_STEPS: { small: 25, full: 100, what: "steps of each of the ledger's workers" },
  PROOF_REQUESTS: { small: 120, full: 2_000, what: "hostile requests" },
  PROOF_HOSTILE_EVENTS: { small: 25, full: 300, what: "hostile events" },
  PROOF_HISTORIES: { small: 25, full: 500, what: "histories at Stripe" },
  PROOF_EVENTS: { small: 100, full: 2_000, what: "events at once" },
  PROOF_PRODUCTS: { small: 400, full: 1_500, what: "products that a backfill finds" },
  PROOF_CATALOG: { small: 350, full: 2_550, what: "products that a fill of the catalog finds" },
  PROOF_DAYS: { small: 1, full: 30, what: "days of reads at Stripe" },
  PROOF_SUBSCRIPTIONS: { small: 15, full: 1_000, what: "live subscriptions, for the reads at Stripe" },
  PROOF_TRIGGERS: { small: 10, full: 100, what: "events that the Stripe CLI triggers at the emulator" },
  PROOF_SECTIONS: { small: 1, full: 100, what: "sections of the benchmark, run with tiny sizes" },
  PROOF_LEAVERS: { small: 3, full: 40, what: "users who arrive in each step of leaving Supabase" },
  PROOF_MOVES: { small: 1, full: 10, what: "moves of a deployment while it is written to at random" },
  PROOF_OMISSIONS: { small: 1, full: 100, what: "steps of the templates left out, each in turn" },
};

/** The variables of the tests; each one that is set in the shell, and every other `PROOF_…`, keeps its value. */
export function proofVariables(
  size: "small" | "full",
  shell: Readonly<Record<string, string>> = Deno.env.toObject(),
): Record<string, string> {
  const table = Object.entries(PROOF_SIZES).map(([name, sizes]) => [name, String(sizes[size])]);
  const given = Object.entries(shell).filter(([name]) => name.startsWith("PROOF_"));
  return { ...Object.fromEntries(table), ...Object.fromEntries(given) };
}

/** `200 users who call 50 times at once (PROOF_USERS)`, one a line. */
export function describeSizes(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${value.padStart(7)} ${PROOF_SIZES[name] ? `${PROOF_SIZES[name].what} (${name})` : name}`)
    .join("\n");
}
