/** Everything that may happen next. */
import {
  claimDueObject,
  claimEvent,
  claimFill,
  claimReconcile,
  isDue,
  isFree,
  mayBeClaimed,
  reread,
} from "./database.ts";
import type { Rules } from "./rules.ts";
import { type State, versionOf } from "./state.ts";
import { end, type Step, stepsOf } from "./workers.ts";
import { objectName } from "./words.ts";

export function happenings(state: State, rules: Rules): Step[] {
  const { bounds, workers } = state;
  const steps: Step[] = [];
  for (let object = 0; object < bounds.histories.length; object++) {
    if (versionOf(state, object) < bounds.histories[object]!.length) steps.push(changeOf(state, object));
  }
  if (workers.length < bounds.workers) steps.push(...settingOut(state, rules));
  for (let place = 0; place < workers.length; place++) {
    steps.push(...stepsOf(state, place, rules));
    if (state.crashes > 0) steps.push(crashOf(state, place));
    if (state.overruns > 0 && workers[place]!.leased) steps.push(overrunOf(state, place));
  }
  return steps;
}

function changeOf(state: State, object: number): Step {
  const version = versionOf(state, object) + 1;
  const change = state.bounds.histories[object]![version - 1];
  return {
    words: () => `${objectName(object)} is ${change} at Stripe: version ${version}, event ${state.events.length + 1}`,
    take({ events, bounds: { deliveries } }) {
      events.push({ object, version, deliveries, ledger: "unknown", ticket: 0, stuck: false });
    },
  };
}

function settingOut(state: State, { guards }: Rules): Step[] {
  const steps: Step[] = [];
  const dueObjects = new Set<number>();
  for (const [place, event] of state.events.entries()) {
    if (isDue(state, event, guards)) dueObjects.add(event.object);
    // Who comes while another is at it, or when all is done, is sent away and changes nothing.
    if (event.deliveries === 0 || !mayBeClaimed(state, event, guards)) continue;
    steps.push({
      words: () => `Event ${place + 1} is delivered${event.ledger === "unknown" ? "" : " again"}, and claimed`,
      take(state) {
        const delivered = state.events[place]!;
        delivered.deliveries--;
        claimEvent(state, delivered, `The handler of event ${place + 1}`, guards);
      },
    });
  }
  for (const object of dueObjects) {
    steps.push({
      words: () => `The drain claims ${objectName(object)}`,
      take: (state) => claimDueObject(state, object, `The drain at ${objectName(object)}`, guards),
    });
  }
  for (let object = 0; object < state.bounds.histories.length && state.rereads > 0; object++) {
    steps.push({
      words: () => `Somebody wants to see ${objectName(object)}`,
      take(state) {
        state.rereads--;
        reread(state, object, "Somebody");
      },
    });
  }
  if (state.fills > 0 && isFree(state, "fill")) {
    steps.push({
      words: () => "A filler sets out",
      take(state) {
        state.fills--;
        claimFill(state, guards);
      },
    });
  }
  if (state.reconciles > 0 && isFree(state, "reconcile")) {
    steps.push({
      words: () => "A reconciler sets out",
      take(state) {
        state.reconciles--;
        claimReconcile(state, guards);
      },
    });
  }
  return steps;
}

function crashOf({ workers }: State, place: number): Step {
  return {
    words: () => `${workers[place]!.name} dies; its lease runs out`,
    take(state) {
      state.crashes--;
      end(state, state.workers[place]!);
    },
  };
}

function overrunOf({ workers }: State, place: number): Step {
  return {
    words: () => `${workers[place]!.name} takes its time; its lease runs out`,
    take(state) {
      state.overruns--;
      state.workers[place]!.leased = false;
    },
  };
}
