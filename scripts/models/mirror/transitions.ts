/** Every transition that a state allows. */
import {
  claimDueObject,
  claimEvent,
  claimFill,
  claimReconcile,
  isClaimable,
  isDue,
  isFree,
  mayShare,
  recordTogether,
  shareFetch,
  startRefetch,
} from "./database.ts";
import { objectName } from "./names.ts";
import type { Rules } from "./rules.ts";
import { copyOf, type State, versionOf } from "./state.ts";
import { end, type Transition, transitionsOf } from "./workers.ts";

export function nextTransitions(state: State, rules: Rules): Transition[] {
  const { bounds, workers } = state;
  const transitions: Transition[] = [];
  for (let object = 0; object < bounds.histories.length; object++) {
    if (versionOf(state, object) < bounds.histories[object]!.length) transitions.push(change(state, object));
  }
  if (workers.length < bounds.workers) transitions.push(...starts(state, rules));
  transitions.push(...claimsTogether(state, rules), ...recordsTogether(state, rules), ...shares(state, rules));
  for (let index = 0; index < workers.length; index++) {
    transitions.push(...transitionsOf(state, index, rules));
    if (state.crashes > 0) transitions.push(crash(state, index));
    if (state.overruns > 0 && workers[index]!.leased) transitions.push(overrun(state, index));
  }
  return transitions;
}

function change(state: State, object: number): Transition {
  const version = versionOf(state, object) + 1;
  const change = state.bounds.histories[object]![version - 1];
  return {
    describe: () =>
      `${objectName(object)} is ${change} at Stripe: version ${version}, event ${state.events.length + 1}`,
    apply({ events, bounds: { deliveries } }) {
      events.push({ object, version, deliveries, ledger: "unknown", ticket: 0, stuck: false });
    },
  };
}

function starts(state: State, { guards }: Rules): Transition[] {
  const transitions: Transition[] = [];
  /** A transaction that claims or draws, also as the last before a crash of the database. */
  const claim = (isDurable: boolean, transition: Transition) =>
    transitions.push(transition, ...isDurable || state.lostWrites === 0 ? [] : [lost(transition)]);
  const dueObjects = new Set<number>();
  for (const [index, event] of state.events.entries()) {
    if (isDue(state, event, guards)) dueObjects.add(event.object);
    // A delivery that finds the event leased or finished changes nothing.
    if (event.deliveries === 0 || !isClaimable(state, event, guards)) continue;
    claim(guards.claimsAreDurable, {
      describe: () => `Event ${index + 1} is delivered${event.ledger === "unknown" ? "" : " again"} and claimed`,
      apply(state) {
        const delivered = state.events[index]!;
        delivered.deliveries--;
        claimEvent(state, delivered, `The handler of event ${index + 1}`, guards);
      },
    });
  }
  for (const object of dueObjects) {
    claim(guards.claimsAreDurable, {
      describe: () => `A due-event worker claims ${objectName(object)}`,
      apply: (state) => claimDueObject(state, object, `The due-event worker of ${objectName(object)}`, guards),
    });
  }
  for (let object = 0; object < state.bounds.histories.length && state.refetches > 0; object++) {
    claim(guards.drawsAreDurable, {
      describe: () => `Drift detection starts with ${objectName(object)}`,
      apply(state) {
        state.refetches--;
        startRefetch(state, object, "Drift detection");
      },
    });
  }
  if (state.fills > 0 && isFree(state, "fill")) {
    transitions.push({
      describe: () => "A fill starts",
      apply(state) {
        state.fills--;
        claimFill(state, guards);
      },
    });
  }
  if (state.reconciles > 0 && isFree(state, "reconcile")) {
    transitions.push({
      describe: () => "A reconcile run starts",
      apply(state) {
        state.reconciles--;
        claimReconcile(state, guards);
      },
    });
  }
  return transitions;
}

/** The worker has the answer, and the database has forgotten it. */
function lost({ describe, apply }: Transition): Transition {
  return {
    describe: () => `${describe()}; the database crashes and forgets it`,
    apply(state) {
      const { tickets, events } = copyOf(state);
      apply(state);
      for (const [index, { deliveries }] of state.events.entries()) events[index]!.deliveries = deliveries;
      Object.assign(state, { tickets, events });
      state.lostWrites--;
    },
  };
}

/** Two fetches are recorded in one transaction. */
function recordsTogether({ workers }: State, { guards }: Rules): Transition[] {
  if (!guards.recordPrecedesFinish || !guards.recordAndFinishAreAtomic) return [];
  const recording = indexesOf(workers, ({ kind, next }) => kind === "fetch" && next === "record");
  return pairs(recording).map(([one, other]) => ({
    describe: () => `${workers[one]!.name} and ${workers[other]!.name} record together`,
    apply(state) {
      const fetches = [state.workers[one]!, state.workers[other]!];
      recordTogether(state, fetches, guards);
      for (const worker of fetches) end(state, worker);
    },
  }));
}

/** Two events are claimed in one transaction, each under a ticket of its own. */
function claimsTogether(state: State, { guards }: Rules): Transition[] {
  const { bounds, workers, events } = state;
  if (workers.length + 2 > bounds.workers) return [];
  const claimable = indexesOf(events, (event) => event.deliveries > 0 && isClaimable(state, event, guards));
  return pairs(claimable).map(([one, other]) => ({
    describe: () => `Events ${one + 1} and ${other + 1} are delivered and claimed together`,
    apply(state) {
      for (const index of [one, other]) {
        const delivered = state.events[index]!;
        delivered.deliveries--;
        claimEvent(state, delivered, `The handler of event ${index + 1}`, guards);
      }
    },
  }));
}

/** An event that shares a fetch needs no worker of its own. */
function shares(state: State, { guards }: Rules): Transition[] {
  const { events, workers } = state;
  const transitions: Transition[] = [];
  for (const [number, event] of events.entries()) {
    if (event.deliveries === 0 || !isClaimable(state, event, guards)) continue;
    for (const index of indexesOf(workers, (worker) => mayShare(event, worker, guards))) {
      transitions.push({
        describe: () => `Event ${number + 1} is delivered and claimed, and shares the fetch of ${workers[index]!.name}`,
        apply(state) {
          const delivered = state.events[number]!;
          delivered.deliveries--;
          shareFetch(state, delivered, index, guards);
        },
      });
    }
  }
  return transitions;
}

function indexesOf<Item>(items: readonly Item[], matches: (item: Item) => boolean): number[] {
  const indexes: number[] = [];
  for (let index = 0; index < items.length; index++) if (matches(items[index]!)) indexes.push(index);
  return indexes;
}

const pairs = (indexes: readonly number[]): [number, number][] =>
  indexes.flatMap((one, place) => indexes.slice(place + 1).map((other): [number, number] => [one, other]));

function crash({ workers }: State, index: number): Transition {
  return {
    describe: () => `${workers[index]!.name} crashes, and its lease expires`,
    apply(state) {
      state.crashes--;
      end(state, state.workers[index]!);
    },
  };
}

function overrun({ workers }: State, index: number): Transition {
  return {
    describe: () => `${workers[index]!.name} continues after its lease has expired`,
    apply(state) {
      state.overruns--;
      state.workers[index]!.leased = false;
    },
  };
}
