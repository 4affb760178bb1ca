import { noSuch } from "./errors.ts";
import { type AllExpansions, expandedKinds, expandParam, render } from "./expand.ts";
import type { Form } from "./form.ts";
import { type PageParams, readPage } from "./pages.ts";
import { fields, type Param } from "./params.ts";
import { search, searchParams } from "./search.ts";
import type { SearchFields } from "./search_query.ts";
import type { Store } from "./store.ts";
import { isDeleted } from "./table.ts";
import type { Deleted, Kind, Kinds } from "./wire.ts";

/** A resource: the parameters and the effect of each call. An absent call is one that Stripe does not have. */
export interface Resource<K extends Kind, Create, Update, List extends PageParams> {
  kind: K;
  /** The collection's path. */
  path: string;
  /** The `param` of the error for an unknown id in the path. */
  idParam: string;
  /** Whether a deleted object answers `{ id, object, deleted: true }` instead of 404. */
  deletedAnswers?: boolean;
  create?: { params: Param<Create>; run(params: Create, store: Store): Kinds[K] };
  update?: { params: Param<Update>; run(object: Kinds[K], params: Update, store: Store): Kinds[K] };
  list?: { params: Param<List>; matches(params: List, store: Store): (object: Kinds[K]) => boolean };
  remove?(object: Kinds[K], store: Store): Deleted;
  search?: SearchFields<Kinds[K]>;
}

/** One call: `prepare` reads the parameters and returns the execution; `path` has every id of the path. */
export interface Route {
  method: "GET" | "POST" | "DELETE";
  path: string;
  /** The kinds of the objects that the parameter `expand` adds to the answer. */
  expands?(form: Form): Kind[];
  prepare(form: Form, id: string, path: Record<string, string>): (store: Store) => object;
}

/** The common part of all calls of a kind. */
interface Call<K extends Kind, Params> {
  kind: K;
  /** For example `/v1/invoices/:id/pay`. */
  path: string;
  params: Param<Params>;
}

const noParams = fields({});

/** The standard calls of a resource: retrieve, and those that it defines. */
export function routes<K extends Kind, C, U, L extends PageParams>(
  resource: Resource<K, C, U, L>,
  all: AllExpansions,
): Route[] {
  const { kind, path, idParam, create, update, list, remove, search: searchFields } = resource;
  const one = `${path}/:id`;
  const expandOne = expandParam(kind, all);

  const calls: Route[] = [{
    method: "GET",
    path: one,
    expands: expandedKinds(kind, all),
    prepare(form, id) {
      const [, paths] = split(form, noParams, expandOne);
      return (store) => {
        const object = store.tables[kind].get(id);
        if (object && isDeleted(object) && resource.deletedAnswers) return object;
        return render(kind, live(kind, id, idParam, store), paths, all, store);
      };
    },
  }];
  if (create) calls.push(creation({ kind, path, ...create }, all));
  if (update) calls.push(action({ kind, path: one, idParam, ...update }, all));
  if (list) calls.push(listing({ kind, path, ...list }, all));
  if (remove) {
    calls.push(
      action(
        {
          kind,
          path: one,
          idParam,
          params: noParams,
          run: (object, _, store) => remove(object, store),
        },
        all,
        "DELETE",
      ),
    );
  }
  if (searchFields) calls.unshift(searching(kind, path, searchFields, all));
  return calls;
}

/** A call that creates an object. */
export function creation<K extends Kind, P>(
  { kind, path, params, run }: Call<K, P> & { run(params: P, store: Store, id: string): Kinds[K] },
  all: AllExpansions,
): Route {
  const expandOne = expandParam(kind, all);
  return {
    method: "POST",
    path,
    expands: expandedKinds(kind, all),
    prepare(form, id) {
      const [read, paths] = split(form, params, expandOne);
      return (store) => render(kind, run(read, store, id), paths, all, store);
    },
  };
}

/** A call that changes one object and answers it. */
export function action<K extends Kind, P>(
  { kind, path, idParam, params, run }: Call<K, P> & {
    idParam: string;
    run(object: Kinds[K], params: P, store: Store): Kinds[K] | Deleted;
  },
  all: AllExpansions,
  method: "POST" | "DELETE" = "POST",
): Route {
  const expandOne = expandParam(kind, all);
  return {
    method,
    path,
    expands: expandedKinds(kind, all),
    prepare(form, id) {
      const [read, paths] = split(form, params, expandOne);
      return (store) => {
        const after = run(live(kind, id, idParam, store), read, store);
        return isDeleted(after) ? after : render(kind, after as Kinds[K], paths, all, store);
      };
    },
  };
}

/** A list of one kind: of all objects, or of those below the object in the path. */
export function listing<K extends Kind, L extends PageParams>(
  { kind, path, params, matches }: Call<K, L> & {
    matches(params: L, store: Store, id: string): (object: Kinds[K]) => boolean;
  },
  all: AllExpansions,
): Route {
  const expandList = expandParam(kind, all, "data.");
  return {
    method: "GET",
    path,
    expands: expandedKinds(kind, all, "data."),
    prepare(form, id) {
      const [query, paths] = split(form, params, expandList);
      return (store) => {
        const table = store.tables[kind] as never;
        const page = readPage<Kinds[K]>(kind, table, query, matches(query, store, id));
        return listOf("list", kind, path.replace(":id", id), page, paths, all, store);
      };
    },
  };
}

function searching<K extends Kind>(
  kind: K,
  path: string,
  searchFields: SearchFields<Kinds[K]>,
  all: AllExpansions,
): Route {
  const url = `${path}/search`;
  const params = fields(searchParams, "query");
  const expandList = expandParam(kind, all, "data.");
  return {
    method: "GET",
    path: url,
    expands: expandedKinds(kind, all, "data."),
    prepare(form) {
      const [query, paths] = split(form, params, expandList);
      return (store) => {
        const table = store.tables[kind] as never;
        return listOf("search_result", kind, url, search<Kinds[K]>(table, query, searchFields), paths, all, store);
      };
    },
  };
}

function listOf<K extends Kind>(
  object: "list" | "search_result",
  kind: K,
  url: string,
  page: { data: Kinds[K][] },
  paths: string[],
  all: AllExpansions,
  store: Store,
) {
  return { object, ...page, data: page.data.map((item) => render(kind, item, paths, all, store)), url };
}

/** The object of a path. @throws StripeError, Stripe's 404, when there is none */
function live<K extends Kind>(kind: K, id: string, idParam: string, store: Store): Kinds[K] {
  const object = store.tables[kind].live(id);
  if (!object) throw noSuch(kind, id, idParam, 404);
  return object as Kinds[K];
}

/** Reads a form's parameters, and `expand` apart from them. */
function split<P>(form: Form, params: Param<P>, readExpand: Param<string[]>): [P, string[]] {
  const { expand, ...own } = form;
  return [params(own, ""), expand === undefined ? [] : readExpand(expand, "expand")];
}
