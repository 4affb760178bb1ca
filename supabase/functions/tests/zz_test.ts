import { startStack } from "./stack.ts";
const cpu = () => { const f = Deno.readTextFileSync("/proc/stat").split("\n")[0]!.split(/\s+/).map(Number); return [f[1]! + f[2]!, f[3]!]; };
async function time(name: string, n: number, f: () => Promise<unknown>) { await f(); await f(); const a = cpu(), t = performance.now(); for (let i = 0; i < n; i++) await f(); const b = cpu(); console.log(name, "wall", Math.round((performance.now() - t) / n), "user", (b[0]! - a[0]!) * 10 / n, "sys", (b[1]! - a[1]!) * 10 / n); }
Deno.test({ name: "x", sanitizeOps: false, sanitizeResources: false, async fn() {
  for (let i = 0; i < 8; i++) {
    const t0 = performance.now();
    const s = await startStack(); const t1 = performance.now();
    const u = await s.newUser(`${crypto.randomUUID()}@e.com`); const tok = await s.signIn(u); const t2 = performance.now();
    const r = await s.call("stripe-customer", { method: "POST", token: tok }); await r.text(); const t3 = performance.now();
    await s[Symbol.asyncDispose](); const t4 = performance.now();
    console.log("wall", Math.round(t1 - t0), Math.round(t2 - t1), Math.round(t3 - t2), Math.round(t4 - t3));
    if (i == 7) console.log((await s.stripeRequests().catch(() => [])).join());
  }
} });
