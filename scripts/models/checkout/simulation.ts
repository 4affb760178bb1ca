/** One schedule's environment: the clock, the processes, the faults, Stripe and the database. */
import type { Random } from "../lib/random.ts";
import type { Log } from "../lib/seeds.ts";
import type { Assumptions } from "./assumptions.ts";
import { CallError } from "./call_error.ts";
import { Database } from "./database.ts";
import type { Faults } from "./faults.ts";
import type { Guards } from "./guards.ts";
import type { Process, Steps } from "./process.ts";
import { Stripe, type StripeBehavior } from "./stripe.ts";
import type { StripeRequest } from "./stripe_request.ts";

export interface SimulationOptions {
  random: Random;
  behavior: StripeBehavior;
  offersTrial: boolean;
  guards: Guards;
  assumptions: Assumptions;
  faults: Faults;
  /** Receives the trace; without it no line is formatted. */
  log: Log | undefined;
}

export class Simulation {
  /** Seconds. */
  now = 0;
  /** Logical time: orders transitions within one second. */
  moment = 1;
  /** Whether no more faults occur. */
  quiescent = false;
  /** Whether Clerk has deleted the owner. */
  departed = false;
  /** Whether the owner has canceled a subscription. */
  ownerHasCanceled = false;
  /** Whether the departure has done all of its work. */
  departureDone = false;
  /** The sessions whose URL a browser has. */
  readonly handedOut: number[] = [];
  readonly processes: Process[] = [];
  readonly requests: StripeRequest[] = [];
  readonly offersTrial: boolean;
  readonly random: Random;
  readonly guards: Guards;
  readonly assumptions: Assumptions;
  readonly faults: Faults;
  readonly log: Log | undefined;
  readonly stripe: Stripe;
  readonly database: Database;

  constructor({ random, behavior, offersTrial, guards, assumptions, faults, log }: SimulationOptions) {
    this.random = random;
    this.offersTrial = offersTrial;
    this.guards = guards;
    this.assumptions = assumptions;
    this.faults = faults;
    this.log = log;
    this.stripe = new Stripe(this, behavior);
    this.database = new Database(this);
  }

  /** Draws whether this fault occurs now. */
  faultOccurs(fault: keyof Faults): boolean {
    if (this.quiescent || !this.random.chance(this.faults[fault])) return false;
    this.log?.(`✗ ${fault}`);
    return true;
  }

  /** Starts a process. It ends with its last step, with an error, or by a crash. */
  start(name: string, steps: (process: Process) => Steps<void>): Process {
    const process: Process = { name, began: this.moment };
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
    }
  }

  step(process: Process): void {
    this.moment++;
    if (process.steps!.next().done) this.end(process);
  }

  /** Also ends a process between two of its steps; the requests that it sent continue. */
  end(process: Process): void {
    this.processes.splice(this.processes.indexOf(process), 1);
    this.stripe.abandonPayment(process);
  }

  advance(seconds: number): void {
    this.now += seconds;
    this.log?.(`… ${seconds} s later`);
    this.stripe.expireDue();
  }

  /** Lets everything that is under way end, in random order. */
  finishAll(): void {
    const { random, processes, requests } = this;
    while (processes.length + requests.length > 0) {
      if (requests.length > 0 && (processes.length === 0 || random.chance(0.5))) random.pick(requests).takeEffect();
      else this.step(random.pick(processes));
    }
  }

  /** Runs a process while nothing else begins. */
  runAlone(name: string, steps: (process: Process) => Steps<void>): Process {
    const process = this.start(name, steps);
    this.finishAll();
    return process;
  }
}
