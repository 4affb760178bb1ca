import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Failure } from "../../lib/failure.ts";
import { listen } from "../../lib/listen.ts";
import { type BackfillOptions, runBackfill } from "./run_backfill.ts";

type Answer = () => Response;

const batch = (state: string, customers: number): Answer => () => Response.json({ state, counts: { customers } });
const failure = (status: number, code: string, message = "Later"): Answer => () =>
  Response.json({ error: { code, message, request_id: "1" } }, { status });

/** Runs a backfill against a function that gives these answers in order, and repeats the last one. */
async function run(answers: Answer[], options: Partial<BackfillOptions> = {}) {
  const requested: unknown[] = [];
  const shown: unknown[] = [];
  const waits: string[] = [];
  const server = listen(0, async (request) => {
    assertEquals([request.method, request.headers.get("authorization")], ["POST", "Bearer secret"]);
    assertEquals(new URL(request.url).pathname, "/functions/v1/stripe-reconcile");
    requested.push((await request.json()).backfill);
    return answers[Math.min(requested.length, answers.length) - 1]!();
  });
  const outcome = await runBackfill({
    url: server.url,
    secret: "secret",
    pauseMs: 1,
    onProgress: ({ customers }) => shown.push(customers),
    onWait: (reason) => waits.push(reason),
    ...options,
  }).catch((error) => error).finally(() => server.close());
  return { outcome, requested, shown, waits };
}

Deno.test("runBackfill calls the function until it answers done, and reports the progress of each batch", async () => {
  const { outcome, requested, shown, waits } = await run([
    batch("more", 100),
    batch("more", 200),
    batch("done", 250),
  ]);
  assertEquals(outcome, { state: "done", counts: { customers: 250 } });
  assertEquals([requested, shown, waits], [[true, true, true], [100, 200, 250], []]);
});

Deno.test("runBackfill reports the part that is done, where the answer has it", async () => {
  const shares: unknown[] = [];
  const answer = () => Response.json({ state: "more", counts: {}, share: 0.5 });
  await run([answer, batch("more", 1), batch("done", 1)], { onProgress: (_, share) => shares.push(share) });
  assertEquals(shares, [0.5, undefined, undefined]);
});

Deno.test("runBackfill reports each kind that the key may not read", async () => {
  const skipped: string[] = [];
  const answer = () => Response.json({ state: "done", counts: { customers: 1 }, skipped: ["invoice"] });
  await run([batch("more", 1), answer], { onSkip: (kind) => skipped.push(kind) });
  assertEquals(skipped, ["invoice"]);
});

Deno.test("A restart is requested until it has begun, and then not again", async () => {
  const answers = [batch("busy", 5), failure(503, "database_unavailable"), batch("more", 1), batch("done", 2)];
  const { requested, waits } = await run(answers, { restart: true });
  assertEquals(requested, ["restart", "restart", "restart", true]);
  assertEquals(waits, ["another run is in progress", "503: Later"]);
});

Deno.test("runBackfill during another run waits, and reports the reason once", async () => {
  const { outcome, waits } = await run([
    batch("busy", 1),
    batch("busy", 2),
    batch("busy", 3),
    batch("done", 4),
  ]);
  assertEquals([outcome.state, waits], ["done", ["another run is in progress"]]);
});

Deno.test("runBackfill after its timeout returns the state so far", async () => {
  const { outcome } = await run([batch("more", 1)], { timeoutMs: 0 });
  assertEquals(outcome, { state: "more", counts: { customers: 1 } });
});

Deno.test("runBackfill retries a temporary failure, and stops at a persistent one", async () => {
  const broken: Answer = () => new Response("upstream", { status: 546 });
  const passing = await run([failure(503, "stripe_unavailable"), broken, batch("done", 1)]);
  assertEquals(passing.outcome.state, "done");
  const { outcome, requested } = await run([
    batch("more", 1),
    failure(503, "stripe_unavailable", "Stripe is unavailable"),
  ]);
  assertEquals(requested.length, 6);
  assertStringIncludes(outcome.message, `"stripe-reconcile" failed 5 times, last with 503: Stripe is unavailable`);
  assertStringIncludes(outcome.message, "the next run resumes where this one stopped");
});

Deno.test("runBackfill with an error that a retry cannot fix stops at once with the next step", async () => {
  const cases: [Answer, string][] = [
    [failure(401, "unauthenticated"), "rejected RECONCILE_SECRET"],
    [failure(404, "not_found"), `Run "npm run deploy" first`],
    [failure(503, "not_configured"), "Its log names the cause"],
    [failure(400, "invalid_request", "Unknown field"), "answered 400: Unknown field"],
  ];
  for (const [answer, text] of cases) {
    const { outcome, requested } = await run([answer]);
    assertEquals([outcome instanceof Failure, requested.length], [true, 1], text);
    assertStringIncludes(outcome.message, text);
  }
  const closed = listen(0, () => new Response());
  await closed.close();
  const error = await assertRejects(() => runBackfill({ url: closed.url, secret: "secret" }), Failure);
  assertStringIncludes(error.message, `Cannot reach "stripe-reconcile" at "${closed.url}"`);
});
