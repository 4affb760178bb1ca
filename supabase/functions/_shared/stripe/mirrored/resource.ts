import type { ListedKind, MirroredKind } from "../../contract/mirrored_kinds.ts";
import type { ObjectRef } from "../../contract/stripe_events.ts";
import type { Created, ListPage, pageAfter } from "../page.ts";
import type { Read, ReadOptions } from "../read.ts";

/** An object as the mirror keeps it: Stripe's own, or `{ id, object, deleted: true }`. */
export interface StripeObject {
  id: string;
  object: string;
}

/** How a kind is read from Stripe. */
export type Resource<Kind extends MirroredKind, Kept extends StripeObject = StripeObject> = Kind extends ListedKind
  ? Retrieved & Listed<Kept>
  : Retrieved;

interface Retrieved {
  /** The object as it is now, with everything inside it complete. */
  retrieve(read: Read, id: string): Promise<StripeObject>;
  /** Other objects that are fetched after an event of this one, because they have no event of their own. */
  companions?(object: StripeObject): ObjectRef[];
  /** The parameter that holds the object's id in a list of what belongs to it. */
  readonly filter?: string;
  /** Fields that differ from answer to answer, or change without an event, though the object stays the same. */
  readonly unstable?: readonly string[];
}

/** The newest objects after one, of those that were created in this time. */
type PageOf = ReturnType<typeof pageAfter> & { created?: Created };

interface Listed<Kept extends StripeObject> {
  /** A page of all objects, each as Stripe's list gives it. */
  list(read: Read, page: PageOf, options: ReadOptions): Promise<ListPage<Kept>>;
  /** A page of what has not ended, for a kind that Stripe lists in this way too. */
  listLive?(read: Read, page: PageOf, options: ReadOptions): Promise<ListPage<Kept>>;
  /** For a kind whose list leaves out a part of some objects. */
  readonly rest?: Rest<Kept>;
}

/** The part of an object that neither `retrieve` nor a list of Stripe gives in one answer. */
export interface Rest<Kept extends StripeObject> {
  /** The field that holds the part. */
  readonly field: string;
  isCut(object: Kept): boolean;
  /** The object as the mirror keeps it. @param beforeRead Called before each read but the first. */
  complete(read: Read, object: Kept, beforeRead: BeforeRead): Promise<StripeObject>;
}

/** Waits until the next read may begin. */
export type BeforeRead = () => Promise<unknown>;
