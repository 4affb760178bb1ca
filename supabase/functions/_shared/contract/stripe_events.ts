import { MIRRORED_KINDS, type MirroredKind } from "./mirrored_kinds.ts";

/** The version that the functions and the webhook endpoint use; the type check compares it with the SDK's. */
export const STRIPE_API_VERSION = "2026-10-28.endive";

/** The mirrored object that an event refers to. */
export interface ObjectRef {
  object: MirroredKind;
  object_id: string;
}

/** Which object to fetch after an event, and the field of the event's own object that holds its id. */
interface EventRule {
  readonly object: MirroredKind;
  readonly idIn: string;
}

/** Every event that the webhook endpoint receives, from {@link MIRRORED_KINDS}. The first rule that finds an id counts. */
// Marked pure, so that a bundle which uses only the version leaves it out.
export const STRIPE_EVENTS: Readonly<Record<string, readonly EventRule[]>> = /* @__PURE__ */ eventRules();

function eventRules(): Record<string, EventRule[]> {
  const rules: Record<string, EventRule[]> = {};
  for (const object of Object.keys(MIRRORED_KINDS) as MirroredKind[]) {
    for (const [idIn, types] of Object.entries<readonly string[]>(MIRRORED_KINDS[object].events)) {
      for (const type of types) (rules[type] ??= []).push({ object, idIn });
    }
  }
  return rules;
}

/** The object to fetch after an event; null when nothing is mirrored for it, or when it has no usable id. */
export function objectRefOf({ type, data }: { type: string; data: { object: object } }): ObjectRef | null {
  const rules = Object.hasOwn(STRIPE_EVENTS, type) ? STRIPE_EVENTS[type]! : [];
  for (const { object, idIn } of rules) {
    const id = (data.object as Record<string, unknown>)[idIn];
    if (isName(id) && !OTHER_PATH.test(id)) return { object, object_id: id };
  }
  return null;
}

/** Ids that would turn the path of an object into another path. */
const OTHER_PATH = /^(\.{1,2}|search|upcoming)$/;

/** Whether it is an id, a type or a version as Stripe may write it; merchants choose the ids of their products. */
export const isName = (given: unknown): given is string =>
  typeof given === "string" && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(given);
