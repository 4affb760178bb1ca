import { assertEquals } from "@std/assert";
import { startReconcileTimer } from "./reconcile_timer.ts";

const SECRET = "reconcile_test_0000000000000000000000";
Deno.env.set("RECONCILE_SECRET", SECRET);

/** An endpoint whose calls the test answers. */
function prepare() {
  const calls: { request: Request; answer: PromiseWithResolvers<Response> }[] = [];
  let called = Promise.withResolvers<void>();
  return {
    calls,
    /** Resolves at the next call. */
    next: () => called.promise,
    endpoint: {
      fetch(request: Request) {
        const answer = Promise.withResolvers<Response>();
        calls.push({ request, answer });
        called.resolve();
        called = Promise.withResolvers();
        return answer.promise;
      },
    },
  };
}

const turns = async () => {
  for (let count = 0; count < 10; count++) await new Promise((resume) => setTimeout(resume));
};

Deno.test("the timer calls with the secret, waits for the end of a run, and goes on after a failure", async () => {
  const { calls, next, endpoint } = prepare();
  const first = next();
  const timer = startReconcileTimer(endpoint, 0, 0);
  await first;
  const { request } = calls[0]!;
  assertEquals([request.method, request.headers.get("authorization")], ["POST", `Bearer ${SECRET}`]);
  assertEquals(await request.json(), { wait: true });

  await turns();
  assertEquals(calls.length, 1, "while the run is in progress");
  for (const fail of [true, false]) {
    const following = next();
    const { answer } = calls.at(-1)!;
    if (fail) answer.reject(new Error("of a test"));
    else answer.resolve(Response.json({}, { status: 503 }));
    await following;
  }

  let isStopped = false;
  const stopped = timer.stop().then(() => isStopped = true);
  await turns();
  assertEquals([isStopped, calls.length], [false, 3]);
  calls.at(-1)!.answer.resolve(Response.json({ state: "busy" }));
  await stopped;
  await turns();
  assertEquals(calls.length, 3);
});

Deno.test("a timer that is stopped before its first call makes none", async () => {
  const { calls, endpoint } = prepare();
  await startReconcileTimer(endpoint, 0, 0).stop();
  await turns();
  assertEquals(calls, []);
});
