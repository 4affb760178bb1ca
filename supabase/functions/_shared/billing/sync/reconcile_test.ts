import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { until } from "../../../tests/until.ts";
import { AppError } from "../../errors.ts";
import { reconcile, type ReconcileGateways, startReconcile } from "./reconcile.ts";

const CLAIM = { run_id: 7, window_from: 100, window_to: 200, window_cursor: null };
const NOTHING = { due: 0, pending: 0, dead: 0, backfill_due: false };

const forbidden = () => AppError.notConfigured("lacks", { type: "StripePermissionError" });

/** The gateways of a run that finds nothing. */
function prepare(answers: Answers) {
  passTime();
  const calls: Calls = [];
  const gateway = scripted<never>({
    listEvents: [{ data: [], has_more: false }],
    recordEventsPage: [0],
    claimDuePage: [null],
    claimDueObjects: [[]],
    claimDepartures: [[]],
    claimDuplicates: [{ deployment_id: "", slots: [], sessions: [] }],
    hasClerkKey: [true],
    claimStalePayers: [[]],
    pruneLedger: [0],
    claimDriftPage: [{ kind: null }],
    releaseReconcile: [NOTHING],
    ...answers,
  }, calls);
  const gateways: ReconcileGateways = { clerk: gateway, database: gateway, stripe: gateway };
  return { gateways, names: () => calls.map(([name]) => name) };
}

function start(answers: Answers) {
  const { gateways, names } = prepare(answers);
  return { started: withoutPauses(() => startReconcile(gateways)), names };
}

Deno.test("A started run is answered once it is claimed, and goes on", async () => {
  const events = Promise.withResolvers();
  const { started, names } = start({ claimReconcile: [CLAIM], listEvents: [() => events.promise] });
  assertEquals(await started, { state: "started" });
  assertEquals(names().includes("releaseReconcile"), false);
  events.resolve({ data: [], has_more: false });
  await until(() => names().includes("releaseReconcile"));
});

Deno.test("A start during another run is answered busy, and does nothing", async () => {
  const { started, names } = start({ claimReconcile: [{ run_id: null }] });
  assertEquals([await started, names()], [{ state: "busy" }, ["claimReconcile"]]);
});

Deno.test("A start whose claim takes long is answered without it, and the run follows", async () => {
  const claim = Promise.withResolvers();
  const { started, names } = start({ claimReconcile: [() => claim.promise] });
  assertEquals(await started, { state: "started" });
  claim.resolve(CLAIM);
  await until(() => names().includes("releaseReconcile"));
});

Deno.test("A start whose claim fails is answered with the failure", async () => {
  const { started } = start({ claimReconcile: [AppError.databaseUnavailable(new Error())] });
  await assertRejects(() => started, AppError, "The database could not be reached");
});

Deno.test("A key that may not read events processes due events, prunes and detects drift all the same", async () => {
  const { gateways, names } = prepare({ claimReconcile: [CLAIM], listEvents: [forbidden()] });
  const { state } = await withoutPauses(() => reconcile(gateways));
  assertEquals(state, "done");
  const departures = ["claimDepartures", "claimDuplicates", "hasClerkKey", "claimStalePayers"];
  assertEquals(names().slice(-8), [
    "claimDueObjects",
    ...departures,
    "pruneLedger",
    "claimDriftPage",
    "releaseReconcile",
  ]);
});
