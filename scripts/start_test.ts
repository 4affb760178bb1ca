import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { STRIPE_EVENTS } from "../supabase/functions/_shared/contract/stripe_events.ts";
import { exists, remove } from "./lib/files.ts";
import { dataFolder } from "./lib/paths.ts";
import { isFree, LOOPBACK, portsFrom } from "./lib/ports.ts";
import { processIdentity } from "./lib/process_identity.ts";
import { findStack, type StackFile } from "./lib/stack_file.ts";
import { launch } from "./testbed/launched.ts";

const READY = "Ctrl-C stops it all";
/** An .env without a word, whatever the person's own says. */
const NO_ENV_FILE = "/dev/null";

/** Four ports in a row that nobody holds, below those that the system gives away. */
function freePorts(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (Object.values(portsFrom(port)).every(isFree)) return port;
  }
}

const start = (port: number, options = {}) =>
  launch("start", ["--port", String(port), "--env-file", NO_ENV_FILE], options);

function runningStack(port: number): StackFile {
  const stack = findStack(port);
  assert(stack !== undefined, "stack.json is there");
  return stack;
}

/** Everything that runs for a stack, by pid. */
function recordedProcesses(port: number): { pid: number; identity: string }[] {
  return JSON.parse(Deno.readTextFileSync(`${dataFolder(port)}/processes.json`));
}

function launcher(port: number): number {
  return JSON.parse(Deno.readTextFileSync(`${dataFolder(port)}/launcher.json`)).pid;
}

function assertNothingLeft(port: number, processes: { pid: number; identity: string }[]) {
  assertEquals(processes.filter(({ pid, identity }) => processIdentity(pid) === identity), []);
  assertEquals(Object.values(portsFrom(port)).filter((each) => !isFree(each)), []);
  assertEquals(findStack(port), undefined);
}

async function createCustomer({ stripe_url, stripe_secret_key }: StackFile): Promise<string> {
  const response = await fetch(`${stripe_url}/v1/customers`, {
    method: "POST",
    headers: { authorization: `Bearer ${stripe_secret_key}` },
  });
  return (await response.json()).id;
}

async function findCustomer({ stripe_url, stripe_secret_key }: StackFile, id: string): Promise<string> {
  const response = await fetch(`${stripe_url}/v1/customers/${id}`, {
    headers: { authorization: `Bearer ${stripe_secret_key}` },
  });
  return (await response.json()).id;
}

/** The URL of every webhook endpoint and the types that it gets. */
async function webhookEndpoints({ stripe_url, stripe_secret_key }: StackFile): Promise<[string, string[]][]> {
  const response = await fetch(`${stripe_url}/v1/webhook_endpoints`, {
    headers: { authorization: `Bearer ${stripe_secret_key}` },
  });
  const { data } = await response.json();
  return data.map(({ url, enabled_events }: { url: string; enabled_events: string[] }) => [url, enabled_events]);
}

async function token(port: number, ...args: string[]): Promise<string> {
  const { code, said } = await launch("token", ["--port", String(port), ...args]).ended;
  assertEquals(code, 0, said);
  return said.trim();
}

async function stopWith(signal: Deno.Signal, stack: ReturnType<typeof start>, port: number) {
  const processes = recordedProcesses(port);
  stack.kill(signal);
  const { code, said } = await stack.ended;
  assertEquals(code, 0, said);
  assertNothingLeft(port, processes);
}

Deno.test("npm start answers, Ctrl-C leaves nothing behind, and what it knew is there the next time", async () => {
  const port = freePorts();
  try {
    await using first = start(port);
    await first.says(READY);
    const before = runningStack(port);
    const answer = await fetch(`${before.url}/functions/v1/stripe-products`, {
      headers: { authorization: `Bearer ${await token(port, "grace", "--minutes", "5")}` },
    });
    assertEquals(answer.status, 200);
    assertNotEquals((await answer.json()).data, []);
    const customer = await createCustomer(before);
    const endpoint: [string, string[]] = [`${before.url}/functions/v1/stripe-webhook`, Object.keys(STRIPE_EVENTS)];
    assertEquals(await webhookEndpoints(before), [endpoint]);
    await stopWith("SIGINT", first, port);

    await using second = start(port);
    const said = await second.says(READY);
    assert(!said.includes("stripe fixtures"), "The catalog is not seeded twice");
    assertEquals(runningStack(port), before);
    assertEquals(await findCustomer(before, customer), customer);
    assertEquals(await webhookEndpoints(before), [endpoint], "The endpoint is not registered twice");
    await stopWith("SIGTERM", second, port);
  } finally {
    remove(dataFolder(port));
  }
});

Deno.test("A start after everything was killed ends what was left, and begins where that one was", async () => {
  const port = freePorts();
  try {
    await using first = start(port);
    await first.says(READY);
    const before = runningStack(port);
    const customer = await createCustomer(before);
    // The stand-ins' state is written soon after a change, not at once.
    while (!Deno.readTextFileSync(`${dataFolder(port)}/stripe.json`).includes(customer)) await pause();
    first.kill("SIGKILL");
    Deno.kill(launcher(port), "SIGKILL");
    await first.ended;
    const left = recordedProcesses(port); // the webhook's too, which the customer's event may have started
    assertNotEquals(left.filter(({ pid, identity }) => processIdentity(pid) === identity), []);
    // A stack.json whose launcher is gone counts for nothing.
    while (findStack(port) !== undefined) await pause();

    await using second = start(port);
    assertStringIncludes(await second.says(READY), `Ended ${left.length} processes`);
    assertEquals(left.filter(({ pid, identity }) => processIdentity(pid) === identity), []);
    assertEquals(runningStack(port).users, before.users);
    assertEquals(await findCustomer(before, customer), customer);

    // Killed alone, the launcher of the launcher is missed.
    const processes = recordedProcesses(port);
    second.kill("SIGKILL");
    await second.ended;
    while (findStack(port) !== undefined || exists(`${dataFolder(port)}/launcher.json`)) await pause();
    assertNothingLeft(port, processes);
  } finally {
    remove(dataFolder(port));
  }
});

Deno.test("A second start and a reset say that the stack runs, and npm passes a signal on", async () => {
  const port = freePorts();
  try {
    await using stack = start(port, { npm: true });
    await stack.says(READY);

    const second = await start(port).ended;
    assertEquals(second.code, 1);
    assertStringIncludes(second.said, `The stack on port ${port} runs already (pid ${launcher(port)})`);
    const neighbour = await start(port - 1).ended;
    assertEquals(neighbour.code, 1);
    assertStringIncludes(neighbour.said, `Port ${port} (postgres) is taken by "deno" (pid ${launcher(port)})`);
    const reset = await launch("reset", ["--port", String(port)]).ended;
    assertEquals(reset.code, 1);
    assertStringIncludes(reset.said, "runs already");

    // npm may be gone before what it started is.
    const processes = recordedProcesses(port);
    stack.kill("SIGTERM");
    await stack.says("Stopping");
    while (exists(`${dataFolder(port)}/launcher.json`)) await pause();
    assertNothingLeft(port, processes);
    assertEquals((await launch("reset", ["--port", String(port)]).ended).code, 0);
    assert(!exists(dataFolder(port)));
  } finally {
    remove(dataFolder(port));
    remove(dataFolder(port - 1));
  }
});

Deno.test("A start that is interrupted half-way leaves nothing, and the next one begins anew", async () => {
  const port = freePorts();
  try {
    await using first = start(port);
    await first.says("PostgreSQL 17");
    await stopWith("SIGINT", first, port);
    await using second = start(port);
    await second.says(READY);
    await stopWith("SIGHUP", second, port);
  } finally {
    remove(dataFolder(port));
  }
});

Deno.test("When PostgreSQL ends by itself, so does the stack, and says so", async () => {
  const port = freePorts();
  try {
    await using stack = start(port);
    await stack.says(READY);
    const processes = recordedProcesses(port);
    Deno.kill(Number(Deno.readTextFileSync(`${dataFolder(port)}/postgres/postmaster.pid`).split("\n")[0]), "SIGQUIT");
    const { code, said } = await stack.ended;
    assertEquals(code, 1);
    assertStringIncludes(said, "PostgreSQL ended by itself");
    assertNothingLeft(port, processes);
  } finally {
    remove(dataFolder(port));
  }
});

Deno.test("A taken port is named with its holder and the way out", async () => {
  const port = freePorts();
  using _listener = Deno.listen({ hostname: LOOPBACK, port: port + 2 });
  try {
    const { code, said } = await start(port).ended;
    assertEquals(code, 1);
    assertStringIncludes(said, `Port ${port + 2} (clerk) is taken by "deno" (pid ${Deno.pid})`);
    assertStringIncludes(said, "npm start -- --port");
  } finally {
    remove(dataFolder(port));
  }
});

Deno.test("A folder of another PostgreSQL and an edited migration lead to a reset", async () => {
  const port = freePorts();
  const folder = dataFolder(port);
  try {
    Deno.mkdirSync(`${folder}/postgres`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/postgres/PG_VERSION`, "16\n");
    const other = await start(port).ended;
    assertEquals(other.code, 1);
    assertStringIncludes(other.said, "was written by PostgreSQL 16");
    assertStringIncludes(other.said, "npm run reset");

    remove(folder);
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${folder}/migrations.json`, `{ "20250101000000_gone.sql": "" }`);
    const edited = await start(port).ended;
    assertEquals(edited.code, 1);
    assertStringIncludes(edited.said, `Migration "20250101000000_gone.sql" is gone since it was applied`);
    assertStringIncludes(edited.said, "npm run reset");
  } finally {
    remove(folder);
  }
});

Deno.test("A live key is refused by every command, before anything else happens", async () => {
  const envFile = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(envFile, "STRIPE_SECRET_KEY=sk_live_1234567890abcdef\n");
    for (const command of ["start", "stripe:seed"]) {
      const { code, said } = await launch(command, ["--env-file", envFile]).ended;
      assertEquals(code, 1);
      assertStringIncludes(said, "STRIPE_SECRET_KEY");
      assertStringIncludes(said, "is a live key");
    }
  } finally {
    Deno.removeSync(envFile);
  }
});

const pause = () => new Promise((resume) => setTimeout(resume, 20));
