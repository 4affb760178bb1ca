import { invalid, noSuch } from "../../core/errors.ts";
import { matchesType } from "../../core/event_types.ts";
import { pageParams, readPage } from "../../core/pages.ts";
import { boolean, fields, list, text, time } from "../../core/params.ts";
import type { Route } from "../../core/resource.ts";
import type { Event } from "../../core/wire.ts";

const noParams = fields({});
const listed = fields({ ...pageParams, created: time, delivery_success: boolean, type: text, types: list(text, 20) });

/** https://docs.stripe.com/api/events */
export const eventRoutes: Route[] = [
  {
    method: "GET",
    path: "/v1/events",
    prepare(form) {
      const params = listed(form, "");
      const { created, delivery_success: delivered, type, types = type === undefined ? undefined : [type] } = params;
      if (type !== undefined && params.types !== undefined) {
        throw invalid("You may only specify one of these parameters: type, types.", "type");
      }
      const matches = (event: Event) =>
        (created === undefined || created(event.created)) &&
        (types === undefined || types.some((pattern) => matchesType(pattern, event.type))) &&
        (delivered === undefined || delivered === (event.pending_webhooks === 0));
      return (store) => ({ object: "list", ...readPage("event", store.events, params, matches), url: "/v1/events" });
    },
  },
  {
    method: "GET",
    path: "/v1/events/:id",
    prepare(form, id) {
      noParams(form, "");
      return (store) => {
        const event = store.events.get(id);
        if (!event) throw noSuch("event", id, "id", 404);
        return event;
      };
    },
  },
];
