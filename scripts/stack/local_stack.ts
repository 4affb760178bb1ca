/** The stack of `npm start`: its state is in one folder, and is used again by the next start. */
import { emptyState as emptyClerk } from "../../packages/clerk-emulator/mod.ts";
import type { Environment } from "../lib/environment.ts";
import { confirmAccount } from "./confirm_account.ts";
import { callBackfill, callProducts } from "./first_calls.ts";
import { lockFolder } from "../lib/folder_lock.ts";
import { migrate } from "./migrations.ts";
import { dataFolder } from "../lib/paths.ts";
import { LOOPBACK, portsFrom, requireFreePorts } from "../lib/ports.ts";
import { PUBLISHABLE_KEY } from "../lib/project_keys.ts";
import { missingForWebApp, webVariables } from "../lib/web_app.ts";
import { startCluster } from "./postgres.ts";
import { createProcesses, endLeftovers } from "../lib/processes.ts";
import { startStack } from "./stack.ts";
import { announce, retract, type StackFile } from "../lib/stack_file.ts";
import { openState } from "./state_file.ts";
import type { Steps } from "../lib/steps.ts";
import { savePortalSettings, seedCatalog } from "./stripe_cli.ts";
import { prepareListener } from "./stripe_listen.ts";
import { emptyState as emptyStripe } from "../../packages/stripe-emulator/mod.ts";
import { buildWebApp } from "./web/build.ts";
import { addLocalUsers, listOrganizations, listUsers } from "./users.ts";

export interface LocalStackOptions {
  /** The gateway's port; the others follow it, and the folder is named after it. */
  readonly port: number;
  readonly environment: Environment;
  /** The events that are sent to `stripe-webhook`; `*` stands for all. */
  readonly webhookEvents?: readonly string[];
  readonly steps: Steps;
  /** Everything that is started; disposing of it stops all, at any time. */
  readonly resources: AsyncDisposableStack;
}

export interface LocalStack {
  readonly file: StackFile;
  /** Settles when PostgreSQL has exited, without which the stack cannot work. */
  readonly databaseEnded: Promise<unknown>;
}

/** @throws Failure that names the obstacle and its remedy */
export async function startLocalStack(
  { port, environment, webhookEvents = ["*"], steps, resources }: LocalStackOptions,
): Promise<LocalStack> {
  const { step, note } = steps;
  const folder = dataFolder(port);
  const ports = portsFrom(port);
  const record = `${folder}/processes.json`;

  resources.defer(lockFolder(port));
  const ended = await endLeftovers(record);
  if (ended > 0) console.log(`Stopped ${ended} processes of an earlier start that was killed`);
  await requireFreePorts(ports);
  const log = openLog(`${folder}/postgres.log`, resources);
  const processes = createProcesses(record);
  resources.defer(() => processes.stop());

  const cluster = await step(
    "PostgreSQL 17",
    () => startCluster({ folder: `${folder}/postgres`, port: ports.postgres, processes, log }),
  );
  await step("Migrations by supabase db push", () =>
    migrate(`${folder}/migrations.json`, {
      databaseUrl: cluster.url("postgres"),
      clerkDomain: environment.clerkDomain,
      processes,
    }));

  const listener = environment.localStripe ? undefined : await step(
    "Signing secret by stripe listen",
    () => prepareListener({ environment, processes, log: logListener }),
  );
  const webFolder = await step("Example app by vite build", async () => {
    const missing = missingForWebApp();
    if (missing !== undefined) return void note(`left out: ${missing}`);
    const { CLERK_PUBLISHABLE_KEY = "" } = environment.variables;
    const variables = webVariables({
      url: `http://${LOOPBACK}:${ports.gateway}`,
      publishable_key: PUBLISHABLE_KEY,
      clerk_publishable_key: CLERK_PUBLISHABLE_KEY,
      isLocalClerk: environment.localClerk,
    });
    if (!await buildWebApp({ folder: `${folder}/web`, variables, processes })) note("unchanged");
    return `${folder}/web`;
  });
  const stack = await step("Data API, Clerk, Stripe, gateway", async () => {
    const clerk = openState(`${folder}/clerk.json`, emptyClerk);
    const stripe = openState(`${folder}/stripe.json`, emptyStripe);
    addLocalUsers(clerk.state);
    clerk.changed();
    resources.defer(() => (clerk.flush(), stripe.flush()));
    if (!environment.localClerk) note("the real Clerk");
    if (!environment.localStripe) note("the real Stripe");
    const stack = await startStack({
      environment,
      databaseUrl: cluster.url,
      ports,
      webFolder,
      clerk: clerk.state,
      stripe: stripe.state,
      env: listener?.env,
      onChange: (service) => service === "clerk" ? clerk.changed() : stripe.changed(),
      watch: true,
      denoDir: `${folder}/deno`,
      processes,
      log: (name, line) => console.log(`${name} | ${line}`),
    });
    resources.defer(() => stack.stop());
    return { ...stack, isStripeEmpty: stripe.state.objects.product.length === 0 };
  });

  await confirmAccount(stack.file);
  if (listener !== undefined) {
    resources.defer(() => listener.stop());
    await listener.forward(`${stack.file.url}/functions/v1/stripe-webhook`, webhookEvents);
  }
  const { stripe_secret_key: secretKey, stripe_url: url } = stack.file;
  if (environment.localStripe && stack.isStripeEmpty) {
    const local = { secretKey, url, processes };
    await step("Seed catalog and portal by stripe fixtures", async () => {
      await seedCatalog(local);
      await savePortalSettings(local);
    });
  }
  stack.sendEvents(webhookEvents);
  stack.sendClerkEvents();

  const organizations = await listOrganizations(stack.file);
  const file = { ...stack.file, users: await listUsers(stack.file), organizations };
  // The users of a real instance get no session that they did not start.
  if (environment.localClerk) await step("First call of stripe-products", async () => note(await callProducts(file)));
  if (environment.localStripe && stack.isStripeEmpty) {
    await step("Backfill by stripe-reconcile", async () => note(await callBackfill(file)));
  }
  announce(port, file);
  resources.defer(() => retract(port));
  return { file, databaseEnded: cluster.ended };
}

const logListener = (line: string) => console.log(`stripe listen | ${line}`);

/** The log of one start. */
function openLog(path: string, resources: AsyncDisposableStack): (line: string) => void {
  const file = Deno.openSync(path, { create: true, write: true, truncate: true });
  resources.defer(() => file.close());
  const text = new TextEncoder();
  return (line) => void file.writeSync(text.encode(`${line}\n`));
}
