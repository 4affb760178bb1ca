/** How much may happen. Within small and large bounds every order is searched; within random bounds walks are taken. */
export type Change = "created" | "changed" | "deleted";

export interface Bounds {
  /** The changes of each object at Stripe. Every change has one event. */
  histories: readonly (readonly Change[])[];
  /** The object that no list shows, as Stripe lists no inline price; -1 for none. */
  hidden: number;
  /** How often each event is delivered at most. Every delivery may also be lost, and may come at any time. */
  deliveries: number;
  /** How many workers run at once: webhook handlers, due-event workers, fills, reconcile runs. */
  workers: number;
  /** How many fetches without an event, fills and reconcile runs start before the final reconcile. */
  refetches: number;
  fills: number;
  reconciles: number;
  /** How many workers crash between two steps, or continue after their lease has expired. */
  crashes: number;
  overruns: number;
  /** How many crashes of the database lose what it had not written to disk. */
  lostWrites: number;
}

const NOTHING: Bounds = {
  histories: [],
  hidden: -1,
  deliveries: 0,
  workers: 2,
  refetches: 0,
  fills: 0,
  reconciles: 0,
  crashes: 0,
  overruns: 0,
  lostWrites: 0,
};

/** Each has much of one thing. */
export const SMALL_BOUNDS = {
  /** One object's whole history and three workers that fetch it. */
  fetches: {
    ...NOTHING,
    histories: [["created", "changed", "deleted"]],
    deliveries: 2,
    workers: 3,
    crashes: 1,
    overruns: 1,
  },
  refetches: { ...NOTHING, histories: [["created", "changed", "deleted"]], deliveries: 1, refetches: 2, crashes: 1 },
  lostWrites: {
    ...NOTHING,
    histories: [["created", "changed"]],
    deliveries: 2,
    refetches: 1,
    crashes: 1,
    lostWrites: 1,
  },
  twoObjects: {
    ...NOTHING,
    histories: [["created", "changed"], ["created", "deleted"]],
    deliveries: 1,
    crashes: 1,
  },
  windows: { ...NOTHING, histories: [["created", "changed"], ["created"]], deliveries: 1, reconciles: 1, crashes: 1 },
  lateWindows: { ...NOTHING, histories: [["created"], ["created"]], reconciles: 3, overruns: 1 },
  fills: { ...NOTHING, histories: [["created", "deleted"], ["created"]], deliveries: 1, fills: 1 },
  lateFills: { ...NOTHING, histories: [["created"], ["created"]], deliveries: 1, fills: 3, overruns: 1 },
  hiddenObject: { ...NOTHING, histories: [["created", "changed"]], hidden: 0, deliveries: 1, fills: 2, crashes: 1 },
  combined: {
    ...NOTHING,
    histories: [["created", "changed"]],
    deliveries: 2,
    workers: 3,
    fills: 1,
    reconciles: 1,
    crashes: 1,
  },
} as const satisfies Record<string, Bounds>;

export type SmallBounds = keyof typeof SMALL_BOUNDS;

/** Longer histories, a third object, more of everything: a minute in all. */
export const LARGE_BOUNDS: readonly Bounds[] = [
  {
    ...NOTHING,
    histories: [["created", "changed", "deleted"]],
    deliveries: 2,
    workers: 3,
    refetches: 1,
    fills: 1,
    crashes: 1,
    overruns: 1,
  },
  { ...NOTHING, histories: [["created", "changed", "deleted"], ["created", "changed"]], deliveries: 1, fills: 1 },
  { ...NOTHING, histories: [["created", "changed"], ["created", "deleted"], ["created"]], deliveries: 1 },
  { ...NOTHING, histories: [["created", "changed"], ["created"]], deliveries: 1, reconciles: 2, crashes: 1 },
  { ...NOTHING, histories: [["created", "changed"], ["created", "deleted"]], deliveries: 1, crashes: 1, overruns: 1 },
];

/** Too large to search every order. */
export const RANDOM_BOUNDS: Bounds = {
  histories: [
    ["created", "changed", "changed", "deleted"],
    ["created", "changed", "changed"],
    ["created", "deleted"],
  ],
  hidden: 1,
  deliveries: 3,
  workers: 5,
  refetches: 2,
  fills: 3,
  reconciles: 4,
  crashes: 4,
  overruns: 4,
  lostWrites: 2,
};

/** Whether the object exists at Stripe after this many of its changes. */
export const isLiving = ({ histories }: Bounds, object: number, version: number): boolean =>
  version > 0 && histories[object]![version - 1] !== "deleted";
