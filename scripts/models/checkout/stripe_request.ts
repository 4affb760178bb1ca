/** One request to Stripe: it takes effect at any time, whether or not its caller still waits. */
import type { Simulation } from "./simulation.ts";

export type Answer<Result> = { readonly result: Result } | "rate limited" | "failed" | "lost";

export class StripeRequest<Result = unknown> {
  /** Undefined while it is under way. */
  answer: Answer<Result> | undefined;

  constructor(readonly sim: Simulation, readonly effect: () => Result, readonly key: string | undefined) {
    sim.requests.push(this as StripeRequest);
  }

  takeEffect(): void {
    const { sim, key } = this;
    sim.moment++;
    sim.requests.splice(sim.requests.indexOf(this as StripeRequest), 1);
    const stored = key === undefined ? undefined : sim.stripe.storedAnswers.get(key) as Answer<Result> | undefined;
    this.answer = stored ?? this.#process();
  }

  /** https://docs.stripe.com/api/idempotent_requests */
  #process(): Answer<Result> {
    const { sim, key } = this;
    if (sim.faultOccurs("requestLost")) return "lost";
    if (sim.faultOccurs("rateLimited")) return "rate limited";
    const answer = sim.faultOccurs("failsBefore") ? "failed" : { result: this.effect() };
    const answered = sim.faultOccurs("failsAfter") ? "failed" : answer;
    if (key !== undefined) sim.stripe.storedAnswers.set(key, answered);
    return answered;
  }
}
