/** Where everything happens: one clock, who is on his way, what goes wrong, and what was promised. */
import type { Assumptions } from "./assumptions.ts";
import { Database } from "./database.ts";
import type { Guards } from "./guards.ts";
import { Promises } from "./promises.ts";
import { Random } from "./random.ts";
import { Refusal } from "./refusal.ts";
import { Stripe } from "./stripe.ts";

/** A step machine. What stands between two yields happens at once; at a yield anything else may come in between. */
export type Steps<Result> = Generator<void, Result, void>;

/** Somebody on his way: a call, a look in the background, a webhook's delivery. */
export interface Process {
  readonly name: string;
  /** Which Stripe account his key is of. */
  readonly account: number;
  /** The moment he began. */
  readonly began: number;
  /** Undefined when he has come to his end. */
  steps?: Steps<void>;
  /** What the row held when the database last answered him. */
  held?: number | null;
  /** How he ended, if not well. */
  refusal?: Refusal;
}

/** What can go wrong; each is a probability, drawn for every schedule. */
export interface Faults {
  databaseAnswerLost: number;
  /** The caller stops waiting for Stripe: a timeout, a dropped connection. The request goes on without him. */
  connectionDrops: number;
  requestLost: number;
  rateLimited: number;
  /** A 500 instead of the effect; stored under the key, or not. */
  failsBefore: number;
  /** A 500 after the effect; stored under the key. */
  failsAfter: number;
  readFails: number;
  clerkDown: number;
}

/** The account that our database belongs to, and somebody else's. */
export const OURS = 1;
export const OTHER = 2;

export class World {
  /** Seconds, by the database's clock. */
  now = 0;
  /** Counts the steps of the whole world: tells before from after where the clock does not. */
  moment = 1;
  /** Whether anything has gone wrong or taken long so far. */
  troubled = false;
  /** Whether anything may still go wrong. */
  calm = false;
  /** Which email the user has. */
  email = 1;
  /** Who is on his way. */
  readonly processes: Process[] = [];
  /** Customers whose creation or deletion a webhook has yet to tell. */
  readonly events: number[] = [];
  readonly random: Random;
  readonly stripe: Stripe;
  readonly database: Database;
  readonly promises: Promises;

  constructor(
    seed: number,
    readonly guards: Guards,
    readonly assumptions: Assumptions,
    readonly faults: Faults,
    /** Writes the schedule down; without it nothing is worded. */
    readonly say?: (line: string) => void,
  ) {
    this.random = new Random(seed);
    this.stripe = new Stripe(this);
    this.database = new Database(this);
    this.promises = new Promises(this);
  }

  /** Whether this goes wrong now. */
  suffers(fault: keyof Faults): boolean {
    if (this.calm || !this.random.chance(this.faults[fault])) return false;
    this.troubled = true;
    this.say?.(`      ✗ ${fault}`);
    return true;
  }

  /** Somebody sets out; he ends with his last step, with a refusal, or by a crash. */
  start(name: string, account: number, steps: (process: Process) => Steps<void>): Process {
    const process: Process = { name, account, began: this.moment };
    process.steps = this.#ending(process, steps);
    this.processes.push(process);
    return process;
  }

  /** One step of one process. */
  step(process: Process): void {
    this.moment++;
    if (process.steps!.next().done) this.#end(process);
  }

  /** The process is gone, between any two of its steps; what it has sent goes on without it. */
  crash(process: Process): void {
    this.troubled = true;
    this.say?.(`      ✗ ${process.name} crashes`);
    this.#end(process);
  }

  *#ending(process: Process, steps: (process: Process) => Steps<void>): Steps<void> {
    try {
      yield* steps(process);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      process.refusal = error;
      this.say?.(`${process.name} ends: ${error.code}`);
      if (error.code === "stripe_unavailable") this.promises.whenUnavailable();
    }
  }

  #end(process: Process): void {
    process.steps = undefined;
    this.processes.splice(this.processes.indexOf(process), 1);
  }

  /** Time passes. What is under way at Stripe comes to its end in time, or never. */
  pass(seconds: number): void {
    if (this.processes.length > 0 || this.stripe.underWay.length > 0) this.troubled = true;
    const then = this.now + seconds;
    for (;;) {
      const due = this.stripe.firstDue(then);
      if (due === undefined) break;
      this.now = Math.max(this.now, due.due);
      due.comeToAnEnd();
    }
    this.now = then;
    this.say?.(`    … ${seconds} s pass`);
  }
}
