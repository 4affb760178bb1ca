import type Stripe from "stripe";

/** The SDK's type of an object as it travels: decimals are strings and a reference is the id of what it refers to. */
export type Wire<T> = T extends Stripe.Decimal ? string
  : T extends string | number | boolean | null | undefined ? T
  : T extends (infer Item)[] ? Wire<Item>[]
  : { [Key in keyof T as Key extends "deleted" ? never : Key]: Wire<Id<T[Key]>> };

/** What is left of `string | Product | DeletedProduct` unless it is expanded. */
type Id<T> = string extends T ? Exclude<T, { id: string; object: string }> : T;

export type Product = Wire<Stripe.Product>;
export type Price = Wire<Stripe.Price>;
export type Customer = Wire<Stripe.Customer>;
export type Account = Wire<Stripe.Account>;

/** What stays of an object after its deletion. */
export interface Deleted {
  id: string;
  object: string;
  deleted: true;
}

/** Every kind of object that is kept, by the name in its `object` field. */
export interface Kinds {
  product: Product;
  price: Price;
  customer: Customer;
}
export type Kind = keyof Kinds;
