/** Where everything happens: one clock, who is on his way, what goes wrong, and what was promised. */
import type { Assumptions } from "./assumptions.ts";
import { Database } from "./database.ts";
import type { Faults } from "./faults.ts";
import type { Guards } from "./guards.ts";
import type { Process, Steps } from "./process.ts";
import { Promises } from "./promises.ts";
import { Random } from "./random.ts";
import { Refusal } from "./refusal.ts";
import { Stripe } from "./stripe.ts";

interface WorldOptions {
  seed: number;
  guards: Guards;
  assumptions: Assumptions;
  faults: Faults;
  /** Writes the schedule down, line by line; without it nothing is worded. */
  say: ((line: string) => void) | undefined;
}

export class World {
  /** Seconds, by the database's clock. */
  now = 0;
  /** Counts whatever happens: tells before from after where the clock does not. */
  moment = 1;
  /** Whether anything has gone wrong, or taken its time, so far. */
  troubled = false;
  /** Whether nothing goes wrong any more. */
  calm = false;
  /** Which email the user has. */
  email = 1;
  #running: Process | undefined;
  readonly processes: Process[] = [];
  /** Customers whose creation or deletion a webhook has yet to tell. */
  readonly events: number[] = [];
  readonly say: ((line: string) => void) | undefined;
  readonly guards: Guards;
  readonly assumptions: Assumptions;
  readonly faults: Faults;
  readonly random: Random;
  readonly stripe: Stripe;
  readonly database: Database;
  readonly promises: Promises;

  constructor({ seed, guards, assumptions, faults, say }: WorldOptions) {
    this.say = say && ((line) => say(`${timeOf(this.now)}  ${line}`));
    this.guards = guards;
    this.assumptions = assumptions;
    this.faults = faults;
    this.random = new Random(seed);
    this.stripe = new Stripe(this);
    this.database = new Database(this);
    this.promises = new Promises(this);
  }

  /** Whether this goes wrong now. */
  suffers(fault: keyof Faults): boolean {
    if (this.calm || !this.random.chance(this.faults[fault])) return false;
    this.troubled = true;
    this.say?.(`✗ ${fault}`);
    // Trouble takes its time, and much happens meanwhile.
    if (this.#running) this.#running.asleep = this.random.chance(0.3);
    return true;
  }

  /** Somebody sets out. He ends with his last step, with a refusal, or by a crash. */
  start(name: string, account: number, steps: (process: Process) => Steps<void>): Process {
    const process: Process = { name, account, began: this.moment };
    process.steps = this.#toTheEnd(process, steps);
    this.processes.push(process);
    return process;
  }

  *#toTheEnd(process: Process, steps: (process: Process) => Steps<void>): Steps<void> {
    try {
      yield* steps(process);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      process.refusal = error;
      this.say?.(`${process.name} ends: ${error.code}`);
      if (error.code === "stripe_unavailable") this.promises.whenUnavailable();
    }
  }

  step(process: Process): void {
    this.moment++;
    this.#running = process;
    if (process.steps!.next().done) this.#end(process);
    this.#running = undefined;
  }

  /** The process is gone, between any two of its steps; what it has sent goes on without it. */
  crash(process: Process): void {
    this.troubled = true;
    this.say?.(`✗ ${process.name} crashes`);
    this.#end(process);
  }

  #end(process: Process): void {
    process.steps = undefined;
    this.processes.splice(this.processes.indexOf(process), 1);
  }

  /** Time passes. What is under way at Stripe comes to its end in time. */
  pass(seconds: number): void {
    if (this.processes.length > 0 || this.stripe.underWay.length > 0) this.troubled = true;
    const then = this.now + seconds;
    for (let due; (due = this.stripe.firstDue(then));) {
      this.now = Math.max(this.now, due.due);
      due.comeToAnEnd();
    }
    this.now = then;
    this.say?.(`… ${seconds} s pass`);
  }
}

/** As hours:minutes:seconds. */
function timeOf(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(seconds / 3600)}:${two(seconds / 60 % 60)}:${two(seconds % 60)}`;
}
