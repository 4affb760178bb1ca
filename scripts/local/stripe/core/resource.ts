import { noSuch } from "./errors.ts";
import { type AllExpansions, expandParam, render } from "./expand.ts";
import type { Form } from "./form.ts";
import { type PageParams, readPage } from "./pages.ts";
import { fields, type Param } from "./params.ts";
import { search, searchParams } from "./search.ts";
import type { SearchFields } from "./search_query.ts";
import type { Store } from "./store.ts";
import { isDeleted } from "./table.ts";
import type { Deleted, Kind, Kinds } from "./wire.ts";

/** A resource: what each of its calls takes and does. What it lacks, Stripe does not have either. */
export interface Resource<K extends Kind, Create, Update, List extends PageParams> {
  kind: K;
  /** The collection's path. */
  path: string;
  /** What an error names when the id in the path leads nowhere. */
  idParam: string;
  /** Whether a deleted object still answers, as `{ id, object, deleted: true }`. */
  deletedAnswers?: boolean;
  create: { params: Param<Create>; run(params: Create, store: Store): Kinds[K] };
  update: { params: Param<Update>; run(object: Kinds[K], params: Update, store: Store): Kinds[K] };
  list: { params: Param<List>; matches(params: List, store: Store): (object: Kinds[K]) => boolean };
  remove?(object: Kinds[K], store: Store): Deleted;
  search?: SearchFields<Kinds[K]>;
}

/** One call: `prepare` refuses wrong parameters, what it gives back is the execution. */
export interface Route {
  method: "GET" | "POST" | "DELETE";
  path: string;
  prepare(form: Form, id: string): (store: Store) => object;
}

/** The calls of a resource, the same for all of them. */
export function routes<K extends Kind, C, U, L extends PageParams>(
  resource: Resource<K, C, U, L>,
  all: AllExpansions,
): Route[] {
  const { kind, path, idParam } = resource;
  const one = `${path}/:id`;
  const expandOne = expandParam(kind, all);
  const expandList = expandParam(kind, all, "data.");
  const noParams = fields({});

  const live = (store: Store, id: string): Kinds[K] => {
    const object = store.tables[kind].live(id);
    if (!object) throw noSuch(kind, id, idParam, 404);
    return object as Kinds[K];
  };
  const listOf = (
    object: "list" | "search_result",
    url: string,
    page: { data: Kinds[K][] },
    paths: string[],
    store: Store,
  ) => ({
    object,
    ...page,
    data: page.data.map((item) => render(kind, item, paths, all, store)),
    url,
  });

  const calls: Route[] = [
    {
      method: "POST",
      path,
      prepare(form) {
        const [params, paths] = split(form, resource.create.params, expandOne);
        return (store) => render(kind, resource.create.run(params, store), paths, all, store);
      },
    },
    {
      method: "GET",
      path,
      prepare(form) {
        const [params, paths] = split(form, resource.list.params, expandList);
        return (store) => {
          const table = store.tables[kind] as never;
          return listOf(
            "list",
            path,
            readPage<Kinds[K]>(kind, table, params, resource.list.matches(params, store)),
            paths,
            store,
          );
        };
      },
    },
    {
      method: "GET",
      path: one,
      prepare(form, id) {
        const [, paths] = split(form, noParams, expandOne);
        return (store) => {
          const object = store.tables[kind].get(id);
          if (object && isDeleted(object) && resource.deletedAnswers) return object;
          return render(kind, live(store, id), paths, all, store);
        };
      },
    },
    {
      method: "POST",
      path: one,
      prepare(form, id) {
        const [params, paths] = split(form, resource.update.params, expandOne);
        return (store) => render(kind, resource.update.run(live(store, id), params, store), paths, all, store);
      },
    },
  ];

  const { remove, search: searchFields } = resource;
  if (remove) {
    calls.push({
      method: "DELETE",
      path: one,
      prepare(form, id) {
        noParams(form, "");
        return (store) => remove(live(store, id), store);
      },
    });
  }
  if (searchFields) {
    const params = fields(searchParams, "query");
    calls.unshift({
      method: "GET",
      path: `${path}/search`,
      prepare(form) {
        const [query, paths] = split(form, params, expandList);
        return (store) => {
          const table = store.tables[kind] as never;
          return listOf("search_result", `${path}/search`, search<Kinds[K]>(table, query, searchFields), paths, store);
        };
      },
    });
  }
  return calls;
}

/** Reads a form's own parameters and, beside them, what `expand` asks for. */
function split<P>(form: Form, params: Param<P>, readExpand: Param<string[]>): [P, string[]] {
  const { expand, ...own } = form;
  return [params(own, ""), expand === undefined ? [] : readExpand(expand, "expand")];
}
