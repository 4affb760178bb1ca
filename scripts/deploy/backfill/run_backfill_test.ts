import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Failure } from "../../lib/failure.ts";
import { listen } from "../../lib/listen.ts";
import { type BackfillOptions, runBackfill } from "./run_backfill.ts";

type Answer = () => Response;

const stretch = (state: string, customers: number): Answer => () => Response.json({ state, counts: { customers } });
const failure = (status: number, code: string, message = "Later"): Answer => () =>
  Response.json({ error: { code, message, request_id: "1" } }, { status });

/** Runs against a function that answers these one after another, the last one again and again. */
async function run(answers: Answer[], options: Partial<BackfillOptions> = {}) {
  const asked: unknown[] = [];
  const shown: unknown[] = [];
  const waits: string[] = [];
  const server = listen(0, async (request) => {
    assertEquals([request.method, request.headers.get("authorization")], ["POST", "Bearer secret"]);
    assertEquals(new URL(request.url).pathname, "/functions/v1/stripe-reconcile");
    asked.push((await request.json()).backfill);
    return answers[Math.min(asked.length, answers.length) - 1]!();
  });
  const outcome = await runBackfill({
    url: server.url,
    secret: "secret",
    pause: 1,
    onProgress: ({ customers }) => shown.push(customers),
    onWait: (reason) => waits.push(reason),
    ...options,
  }).catch((error) => error).finally(() => server.close());
  return { outcome, asked, shown, waits };
}

Deno.test("It is called until it says that it is done, and each stretch is shown", async () => {
  const { outcome, asked, shown, waits } = await run([
    stretch("more", 100),
    stretch("more", 200),
    stretch("done", 250),
  ]);
  assertEquals(outcome, { state: "done", counts: { customers: 250 } });
  assertEquals([asked, shown, waits], [[true, true, true], [100, 200, 250], []]);
});

Deno.test("A restart is asked for until it has begun, and then no more", async () => {
  const answers = [stretch("busy", 5), failure(503, "database_unavailable"), stretch("more", 1), stretch("done", 2)];
  const { asked, waits } = await run(answers, { restart: true });
  assertEquals(asked, ["restart", "restart", "restart", true]);
  assertEquals(waits, ["another run is at it", "503: Later"]);
});

Deno.test("While another run is at it, it waits and says so once", async () => {
  const { outcome, waits } = await run([
    stretch("busy", 1),
    stretch("busy", 2),
    stretch("busy", 3),
    stretch("done", 4),
  ]);
  assertEquals([outcome.state, waits], ["done", ["another run is at it"]]);
});

Deno.test("Whose patience ends gets what is there by then", async () => {
  const { outcome } = await run([stretch("more", 1)], { patience: 0 });
  assertEquals(outcome, { state: "more", counts: { customers: 1 } });
});

Deno.test("A failure that passes is waited for, one that stays ends it", async () => {
  const broken: Answer = () => new Response("upstream", { status: 546 });
  const passing = await run([failure(503, "stripe_unavailable"), broken, stretch("done", 1)]);
  assertEquals(passing.outcome.state, "done");
  const { outcome, asked } = await run([stretch("more", 1), failure(503, "stripe_unavailable", "Stripe is away")]);
  assertEquals(asked.length, 6);
  assertStringIncludes(outcome.message, `"stripe-reconcile" fails: 503: Stripe is away`);
  assertStringIncludes(outcome.message, "the next run goes on from there");
});

Deno.test("What waiting does not mend ends at once, and says what to do", async () => {
  const cases: [Answer, string][] = [
    [failure(401, "unauthenticated"), "refuses RECONCILE_SECRET"],
    [failure(404, "not_found"), `run "npm run deploy" first`],
    [failure(503, "not_configured"), "its log says which"],
    [failure(400, "invalid_request", "Unknown field"), "answers 400: Unknown field"],
  ];
  for (const [answer, words] of cases) {
    const { outcome, asked } = await run([answer]);
    assertEquals([outcome instanceof Failure, asked.length], [true, 1], words);
    assertStringIncludes(outcome.message, words);
  }
  const gone = listen(0, () => new Response());
  await gone.close();
  const error = await assertRejects(() => runBackfill({ url: gone.url, secret: "secret" }), Failure);
  assertStringIncludes(error.message, `"stripe-reconcile" at "${gone.url}" doesn't answer`);
});
