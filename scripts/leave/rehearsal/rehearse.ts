/** Leaving Supabase with traffic: there, back and there again, on a stack of the test bed. */
import { localDatabase } from "../../lib/database.ts";
import { createProcesses } from "../../lib/processes.ts";
import { LOOPBACK } from "../../lib/ports.ts";
import { createSteps } from "../../lib/steps.ts";
import { fillCatalog } from "../../deploy/steps/fill_catalog.ts";
import { openStripe } from "../../deploy/stripe/sdk.ts";
import { serverVariables, writeVariables } from "../../server/testing/server_variables.ts";
import { createTestStack } from "../../testbed/client.ts";
import { launch } from "../../testbed/launched.ts";
import { checkServer } from "../check_server.ts";
import { moveDeployment, reserve } from "../move.ts";
import { prepare } from "../prepare.ts";
import { moveEndpoint } from "../webhook.ts";
import { startBalancer } from "./balancer.ts";
import { compare, type Comparison } from "./compare.ts";
import { startTraffic } from "./traffic.ts";

/** How often the last events are awaited, a second apart. */
const SETTLING = 120;

/**
 * @param users How many arrive in each step
 * @param write Gets a line for each step
 * @returns What was compared; the rehearsal has failed if anything is lost, doubled or stale
 */
export async function rehearse(
  users: number,
  resources: AsyncDisposableStack,
  write: (line: string) => void = () => {},
): Promise<Comparison & { freezes: readonly number[] }> {
  const processes = createProcesses();
  resources.defer(() => processes.stop());
  const { step, note } = createSteps(write);
  const stack = resources.use(await createTestStack({ seed: true, webhook: true }));
  const stripe = openStripe(stack.stripe_url, stack.stripe_secret_key);
  const balancer = resources.use(startBalancer());
  const functions = `${stack.url}/functions/v1`;
  const old = { url: stack.database_url, what: "the old database" };
  const database = localDatabase(old.url);
  resources.defer(() => database.close());

  const name = `plain_${crypto.randomUUID().slice(0, 8)}`;
  const young = { url: urlOf(old.url, name), what: "the new database" };
  await step("1 A plain database, with roles and migrations", async () => {
    await database.query(`create database ${name} template template0`);
    resources.defer(async () => void await database.query(`drop database ${name} with (force)`));
    await prepare(young, processes);
  });

  balancer.use([functions]);
  const unused = (await stripe.events.list({ limit: 1 })).data[0]?.created ?? 0;
  // Before the first purchase, as "npm run deploy" does.
  await fillCatalog(stack.url, () => stack.signIn());
  const products = (await stripe.products.list({ limit: 10 })).data.map(({ id }) => id);
  const traffic = startTraffic(stack, stripe, balancer.url, products);
  resources.defer(() => traffic.end());
  const served = async () => {
    await traffic.served(users);
    note(
      `${traffic.customers.size} users, ${traffic.counts.changes} changes at Stripe, ${traffic.counts.refused} refused`,
    );
  };
  await step("  Traffic to the functions, on the old database", served);

  /** A server on a database, which stops at the end of the rehearsal. */
  async function serve(url: string, secrets: string): Promise<Served> {
    const variables = {
      ...serverVariables({ ...stack, server_url: withServerRole(url) }, "driver"),
      STRIPE_WEBHOOK_SECRET: secrets,
      STRIPE_SECRET_KEY: stack.stripe_secret_key,
    };
    const envFile = writeVariables(variables);
    resources.defer(() => Deno.remove(envFile));
    const start = async (file: string) => {
      const server = launch("serve", ["--env-file", file]);
      resources.defer(() => server[Symbol.asyncDispose]());
      await server.prints("Listening on");
      return server;
    };
    let server = await start(envFile);
    return {
      url: `http://${LOOPBACK}:${variables.PORT}`,
      envFile,
      async restart() {
        server.kill("SIGTERM");
        await server.ended;
        server = await start(envFile);
      },
    };
  }

  const plain = await step("2 A server on the old database, beside the functions", async () => {
    const plain = await serve(old.url, stack.stripe_webhook_secret);
    await checkServer(plain.url);
    balancer.use([plain.url, functions]);
    await served();
    return plain;
  });

  const secret = await step("3 Stripe's events to the server", async () => {
    const endpoints = { stripe, server: balancer.url, functions, envFile: plain.envFile };
    await moveEndpoint(endpoints);
    await plain.restart();
    await moveEndpoint(endpoints);
    await served();
    const urls = (await stripe.webhookEndpoints.list()).data.map(({ url }) => url);
    if (urls.join() !== `${balancer.url}/stripe-webhook`) throw new Error(`Endpoints at Stripe: ${urls.join(", ")}`);
    return Deno.readTextFileSync(plain.envFile).match(/^STRIPE_WEBHOOK_SECRET=(.*)$/m)![1]!;
  });

  // It answers 503 until its database is opened.
  await reserve(old, young);
  const waiting = await serve(young.url, secret);
  balancer.use([waiting.url, plain.url]);

  const freezes: number[] = [];
  const move = (title: string, source: typeof old, target: typeof old) =>
    step(title, async () => {
      traffic.longestGap();
      const moved = await moveDeployment({ source, target, steps: createSteps(() => {}), resources });
      freezes.push(moved.freeze);
      await served();
      note(`${moved.rows} rows, closed for ${seconds(moved.freeze)}, no answer for ${seconds(traffic.longestGap())}`);
    });
  await move("4 To the new database", old, young);
  await move("5 Back to the old database", young, old);
  await move("6 And there again", old, young);

  const target = localDatabase(young.url);
  resources.defer(() => target.close());
  const comparison = await step("  The last events", async () => {
    await traffic.stop();
    for (let attempt = 0;; attempt++) {
      const comparison = await compare(stripe, target, traffic, unused);
      const open = comparison.lost.length + comparison.stale.length;
      if (open === 0 || attempt === SETTLING) return comparison;
      // As the timer does, which takes a minute.
      await (await fetch(`${waiting.url}/stripe-reconcile`, {
        method: "POST",
        headers: { authorization: `Bearer ${stack.reconcile_secret}`, "content-type": "application/json" },
        body: JSON.stringify({ wait: true }),
      })).body?.cancel();
      await new Promise((resume) => setTimeout(resume, 1_000));
    }
  });
  return { ...comparison, freezes };
}

interface Served {
  readonly url: string;
  readonly envFile: string;
  restart(): Promise<void>;
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

function urlOf(text: string, database: string): string {
  const url = new URL(text);
  url.pathname = database;
  return url.href;
}

/** The local stack's password of the role is its name. */
function withServerRole(text: string): string {
  const url = new URL(text);
  url.username = url.password = "billing_server";
  return url.href;
}
