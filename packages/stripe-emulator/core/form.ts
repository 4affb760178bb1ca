import qs from "qs";

/** One value of a form: `items[0][price]=p` is `{ items: [{ price: "p" }] }`. */
export type FormValue = string | FormValue[] | Form;
export interface Form {
  [name: string]: FormValue;
}

/** Reads the query and the body of a request as one form, with limits that Stripe's clients do not reach. */
export async function readForm(request: Request): Promise<{ form: Form; text: string }> {
  const query = new URL(request.url).search.slice(1);
  const body = request.method === "GET" ? "" : await request.text();
  const text = query && body ? `${query}&${body}` : query || body;
  const form = qs.parse(text, { depth: 20, arrayLimit: 1_000, parameterLimit: 10_000, plainObjects: true });
  return { form: form as Form, text };
}
