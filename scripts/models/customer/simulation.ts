/** One schedule's environment: the clock, the processes, the faults, Stripe, the database and the invariant checks. */
import type { Log } from "../lib/seeds.ts";
import { Random } from "../lib/random.ts";
import type { Assumptions } from "./assumptions.ts";
import { CallError } from "./call_error.ts";
import { Database } from "./database.ts";
import type { Faults } from "./faults.ts";
import type { Guards } from "./guards.ts";
import { InvariantChecks } from "./invariants.ts";
import type { Owner } from "./owners.ts";
import type { Process, ProcessStart, Steps } from "./process.ts";
import { Stripe } from "./stripe.ts";

interface SimulationOptions {
  seed: number;
  owners: readonly Owner[];
  guards: Guards;
  assumptions: Assumptions;
  faults: Faults;
  /** Receives the trace; without it no line is formatted. */
  log: Log | undefined;
}

export class Simulation {
  /** Seconds, by the database's clock. */
  now = 0;
  /** Logical time: orders transitions within one second. */
  moment = 1;
  /** Whether a fault or a delay has occurred so far. */
  disturbed = false;
  /** Whether no more faults occur. */
  quiescent = false;
  /** The owners' present email. */
  email = 1;
  #running: Process | undefined;
  readonly processes: Process[] = [];
  /** Customers whose creation or deletion has an event that is not delivered yet. */
  readonly events: number[] = [];
  readonly owners: readonly Owner[];
  readonly log: Log | undefined;
  readonly guards: Guards;
  readonly assumptions: Assumptions;
  readonly faults: Faults;
  readonly random: Random;
  readonly stripe: Stripe;
  readonly database: Database;
  readonly invariants: InvariantChecks;

  constructor({ seed, owners, guards, assumptions, faults, log }: SimulationOptions) {
    this.log = log && ((line) => log(`${formatTime(this.now)}  ${line}`));
    this.owners = owners;
    this.guards = guards;
    this.assumptions = assumptions;
    this.faults = faults;
    this.random = new Random(seed);
    this.stripe = new Stripe(this);
    this.database = new Database(this);
    this.invariants = new InvariantChecks(this);
  }

  /** Draws whether this fault occurs now. */
  faultOccurs(fault: keyof Faults): boolean {
    if (this.quiescent || !this.random.chance(this.faults[fault])) return false;
    this.disturbed = true;
    this.log?.(`✗ ${fault}`);
    // A fault often takes time, in which other processes take many steps.
    if (this.#running) this.#running.paused = this.random.chance(0.3);
    return true;
  }

  /** Starts a process. It ends with its last step, with an error, or by a crash. */
  start<Start extends ProcessStart>(start: Start, steps: (process: Start & Process) => Steps<void>): Start & Process {
    const process: Start & Process = { ...start, began: this.moment };
    process.steps = this.#untilError(process, steps(process));
    this.processes.push(process);
    return process;
  }

  *#untilError(process: Process, steps: Steps<void>): Steps<void> {
    try {
      yield* steps;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      process.error = error;
      this.log?.(`${process.name} ends: ${error.code}`);
      if (error.code === "stripe_unavailable") this.invariants.whenUnavailable();
    }
  }

  step(process: Process): void {
    this.moment++;
    this.#running = process;
    if (process.steps!.next().done) this.#end(process);
    this.#running = undefined;
  }

  /** Ends a process between two of its steps; the requests that it sent continue. */
  crash(process: Process): void {
    this.disturbed = true;
    this.log?.(`✗ ${process.name} crashes`);
    this.#end(process);
  }

  #end(process: Process): void {
    process.steps = undefined;
    this.processes.splice(this.processes.indexOf(process), 1);
  }

  /** Moves the clock. Requests to Stripe end when they are due. */
  advance(seconds: number): void {
    if (this.processes.length > 0 || this.stripe.underWay.length > 0) this.disturbed = true;
    const then = this.now + seconds;
    for (let due; (due = this.stripe.firstDue(then));) {
      this.now = Math.max(this.now, due.due);
      due.finish();
    }
    this.now = then;
    this.log?.(`… ${seconds} s later`);
  }
}

/** As hours:minutes:seconds. */
function formatTime(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(seconds / 3600)}:${two(seconds / 60 % 60)}:${two(seconds % 60)}`;
}
