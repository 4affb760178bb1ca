/** The rooms that are searched to the last corner. In each something else is plentiful. */
import type { Bounds } from "./bounds.ts";

const NOTHING: Bounds = {
  histories: [],
  deliveries: 0,
  workers: 2,
  rereads: 0,
  fills: 0,
  reconciles: 0,
  crashes: 0,
  overruns: 0,
};

export const ROOMS = {
  /** A whole life, and three who look at it. */
  looks: {
    ...NOTHING,
    histories: [["created", "changed", "deleted"]],
    deliveries: 2,
    workers: 3,
    crashes: 1,
    overruns: 1,
  },
  rereads: { ...NOTHING, histories: [["created", "changed", "deleted"]], deliveries: 1, rereads: 2, crashes: 1 },
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
  everything: {
    ...NOTHING,
    histories: [["created", "changed"]],
    deliveries: 2,
    workers: 3,
    fills: 1,
    reconciles: 1,
    crashes: 1,
  },
} as const satisfies Record<string, Bounds>;

export type Room = keyof typeof ROOMS;

/** Larger ones, a minute in all: longer lives, a third object, more of everything. */
export const HALLS: readonly Bounds[] = [
  {
    ...NOTHING,
    histories: [["created", "changed", "deleted"]],
    deliveries: 2,
    workers: 3,
    rereads: 1,
    fills: 1,
    crashes: 1,
    overruns: 1,
  },
  { ...NOTHING, histories: [["created", "changed", "deleted"], ["created", "changed"]], deliveries: 1, fills: 1 },
  { ...NOTHING, histories: [["created", "changed"], ["created", "deleted"], ["created"]], deliveries: 1 },
  { ...NOTHING, histories: [["created", "changed"], ["created"]], deliveries: 1, reconciles: 2, crashes: 1 },
  { ...NOTHING, histories: [["created", "changed"], ["created", "deleted"]], deliveries: 1, crashes: 1, overruns: 1 },
];

/** Too large for every order: it is walked through at random. */
export const FIELD: Bounds = {
  histories: [
    ["created", "changed", "changed", "deleted"],
    ["created", "changed", "changed"],
    ["created", "deleted"],
  ],
  deliveries: 3,
  workers: 5,
  rereads: 2,
  fills: 3,
  reconciles: 4,
  crashes: 4,
  overruns: 4,
};
