/** The test files as jobs: what runs in one process, and in which order. */
import { readIfExists, replaceFile } from "../lib/files.ts";
import { LOCAL, ROOT } from "../lib/paths.ts";
import type { Transport } from "./client.ts";
import type { Tests } from "./find_tests.ts";
import { isForAnyTransport, otherTransports } from "./transports.ts";

export interface Job {
  /** A file, or the folder of several. */
  readonly name: string;
  readonly runtime: "sql" | "functions" | "scripts";
  readonly files: readonly string[];
  /** How the functions of its stacks reach the database, if not through the Data API. */
  readonly transport?: Transport;
  /** Whether all files are loaded as one module, which loads what they share once: what they share must bear it. */
  readonly oneModule?: boolean;
}

/** The emulators hold their state in a value, never in a module. Journeys share one stack and one browser. */
const ONE_MODULE = /^(packages\/|scripts\/journeys$)/;

/** Files that read what another test may write at the same time, the shared `.local/stack.json`. */
const ALONE = ["scripts/lib/stack_file_test.ts"];

/** Short unit tests: those of one folder run in one process, which costs less than a process each. */
const SHARED = [
  /^supabase\/functions\/_shared(?=\/)/,
  /^packages\/[^/]+(\/[^/]+(?=\/))?/,
  /^scripts\/(lib|checks|journeys)(?=\/[^/]+$)/,
];

export interface PlanOptions {
  /** Small: a sample of the tests runs with the other transports; full: all of them. */
  readonly size?: "small" | "full";
  /** Only with this one; default with the Data API and with others. */
  readonly transport?: Transport;
  /** Seconds by the names of jobs. */
  readonly durations?: Readonly<Record<string, number>>;
}

/** @returns Jobs that may run side by side, and jobs that need to run alone; the longest first */
export function planJobs(
  { sql, functions, scripts }: Tests,
  { size = "small", transport, durations = readDurations() }: PlanOptions = {},
): { queue: Job[]; alone: Job[] } {
  const others = (file: string): readonly Transport[] => {
    if (transport === undefined) return otherTransports(file, size);
    return transport !== "data_api" && isForAnyTransport(file) ? [transport] : [];
  };
  const jobs: Job[] = [
    ...sql.length > 0 ? [{ name: "supabase/tests", runtime: "sql" as const, files: sql }] : [],
    ...transport === undefined || transport === "data_api" ? group(functions, "functions") : [],
    ...functions.flatMap((file) => others(file).map((other) => through(other, file))),
    ...group(scripts, "scripts"),
  ];
  const expected = new Map(jobs.map((job) => [job, durations[job.name] ?? guess(job.name, job.files)]));
  const sorted = jobs.toSorted((a, b) => expected.get(b)! - expected.get(a)!);
  const isAlone = ({ name }: Job) => ALONE.includes(name);
  return { queue: sorted.filter((job) => !isAlone(job)), alone: sorted.filter(isAlone) };
}

const through = (transport: Transport, file: string): Job => ({
  name: `${file} through the ${transport}`,
  runtime: "functions",
  files: [file],
  transport,
});

function group(files: readonly string[], runtime: Job["runtime"]): Job[] {
  const groups = Map.groupBy(files, (file) => {
    if (ALONE.includes(file)) return file;
    return SHARED.map((pattern) => file.match(pattern)?.[0]).find((folder) => folder !== undefined) ?? file;
  });
  return [...groups].map(([folder, files]) => ({
    name: files.length === 1 ? files[0]! : folder,
    runtime,
    files,
    ...files.length > 1 && ONE_MODULE.test(folder) && { oneModule: true },
  }));
}

/** Before a first run the longest jobs have these seconds: one that starts last would run alone. */
const LONG: Readonly<Record<string, number>> = {
  // In full size, half of the whole run and more.
  "scripts/checks/templates/templates_test.ts": 1_500,
  "supabase/functions/tests/reads_subscriptions_test.ts": 1_100,
  "supabase/functions/tests/reads_idle_test.ts": 500,
  "supabase/functions/tests/checkout_concurrency_test.ts": 600,
  "scripts/deploy/deploy_test.ts": 60,
  "scripts/start_test.ts": 45,
  "scripts/benchmarks/run_benchmarks_test.ts": 40,
  "supabase/functions/tests/floods_test.ts": 40,
  "supabase/functions/tests/mirror_guard_test.ts": 40,
  "scripts/journeys": 60,
  "scripts/adopt/journey_test.ts": 30,
  "supabase/functions/tests/outage_test.ts": 30,
  "scripts/deploy/doctor/doctor_test.ts": 25,
};

/** Seconds, before a first run: tests of the whole are longer than unit tests, and proofs are longer still. */
function guess(name: string, files: readonly string[]): number {
  if (LONG[name] !== undefined) return LONG[name];
  return files.reduce((sum, file) => {
    const text = readIfExists(`${ROOT}/${file}`) ?? "";
    const proof = text.includes("PROOF_") ? 20 : 0;
    return sum + proof + text.length / (/\/tests\/|scripts\/(start|deploy|benchmarks)/.test(file) ? 500 : 5_000);
  }, 0);
}

const FILE = `${LOCAL}/test_durations.json`;

function readDurations(): Record<string, number> {
  return JSON.parse(readIfExists(FILE) ?? "{}");
}

/** Remembers how long jobs took, in seconds, to order the next run. */
export function saveDurations(measured: Readonly<Record<string, number>>): void {
  Deno.mkdirSync(LOCAL, { recursive: true });
  replaceFile(FILE, JSON.stringify({ ...readDurations(), ...measured }, null, 2));
}
