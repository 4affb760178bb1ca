/** DATABASE_URL with sslmode=verify-full, against a PostgreSQL with a certificate of its own. */
import { assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../lib/paths.ts";
import { edgeDeno } from "../lib/programs.ts";
import { openTemporaryFolder } from "../lib/temporary_folder.ts";
import { createTestStack } from "../testbed/client.ts";
import { startCluster } from "./postgres.ts";

/** Prints why a call fails; without migrations it reaches the database and finds no function. */
const PROGRAM = `
  const { rpc } = await import("./supabase/functions/_shared/database/client.ts");
  const error = await rpc("draw_ticket", {}).catch((error) => error);
  console.log(JSON.stringify([error.code, error.cause?.message, error.cause?.cause?.message]));
  Deno.exit();
`;
const CONNECTED = "A migration is missing in the database: push them";
const UNVERIFIED = "The server of DATABASE_URL cannot be verified: check its name and sslrootcert";

/** The code of a failing call on the platform's Deno, the reason in the log, and the error behind it. */
async function callWith(DATABASE_URL: string): Promise<[code: string, reason?: string, cause?: string]> {
  const { stdout, stderr } = await new Deno.Command(edgeDeno(), {
    args: ["eval", "--config=supabase/functions/deno.json", "--node-modules-dir=manual", PROGRAM],
    cwd: ROOT,
    clearEnv: true,
    env: { DATABASE_URL, STRIPE_SECRET_KEY: "sk_test_1", HOME: Deno.env.get("HOME") ?? "", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const output = new TextDecoder().decode(stdout).trim();
  if (output === "") throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(output.split("\n").at(-1) ?? "");
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** A certificate authority, and the key and certificate of a server by this name. */
async function certify(folder: string, authority: string, name: string) {
  const [caKey, ca, key, request, certificate, extensions] = ["ca.key", "ca", "key", "csr", "crt", "ext"]
    .map((ending) => `${folder}/${authority}.${ending}`) as [string, string, string, string, string, string];
  const newKey = ["-newkey", "rsa:2048", "-nodes", "-keyout"];
  await openssl("req", "-x509", ...newKey, caKey, "-out", ca, "-days", "2", "-subj", `/CN=${authority}`);
  await openssl("req", ...newKey, key, "-out", request, "-subj", `/CN=${name}`);
  Deno.writeTextFileSync(extensions, `subjectAltName=DNS:${name}\nbasicConstraints=CA:FALSE\n`);
  const signing = ["-CA", ca, "-CAkey", caKey, "-CAcreateserial", "-days", "2", "-extfile", extensions];
  await openssl("x509", "-req", "-in", request, "-out", certificate, ...signing);
  Deno.chmodSync(key, 0o600);
  return { ca, key, certificate };
}

const hasOpenssl = await openssl("version").then(() => true, () => false);

Deno.test({
  name: "The driver connects to a server whose certificate and name it can verify, and to no other",
  ignore: !hasOpenssl,
  async fn(t) {
    await using resources = new AsyncDisposableStack();
    const { folder, processes } = await openTemporaryFolder(resources);
    const { ca, key, certificate } = await certify(folder, "own", "localhost");
    const other = await certify(folder, "other", "localhost");
    const cluster = await startCluster({
      folder: `${folder}/postgres`,
      settings: { ssl: "on", ssl_cert_file: certificate, ssl_key_file: key },
      processes,
      log() {},
    });
    const url = (host: string, query: string) =>
      `${cluster.url("billing_server").replace("127.0.0.1", host)}?${new URLSearchParams(query)}`;

    await t.step("its authority is known, and the name is the certificate's: it connects", async () => {
      const [code, reason] = await callWith(url("localhost", `sslmode=verify-full&sslrootcert=${ca}`));
      assertEquals([code, reason], ["not_configured", CONNECTED]);
    });
    const isRefused = async (url: string, expected: RegExp) => {
      const [code, reason, cause] = await callWith(url);
      assertEquals([code, reason], ["not_configured", UNVERIFIED]);
      assertMatch(cause ?? "", expected);
    };
    await t.step(
      "the name is not the certificate's",
      () => isRefused(url("127.0.0.1", `sslmode=verify-full&sslrootcert=${ca}`), /certificate.*name/i),
    );
    await t.step("its authority is not known", async () => {
      await isRefused(url("localhost", "sslmode=verify-full"), /certificate/);
      await isRefused(url("localhost", `sslmode=verify-full&sslrootcert=${other.ca}`), /certificate/);
    });
    await t.step("it has no certificate", async () => {
      await using stack = await createTestStack();
      await isRefused(`${stack.server_url}?sslmode=verify-full`, /does not support SSL/);
    });
    await t.step("a mode that does not verify is refused before anything is sent", async () => {
      for (const mode of ["require", "prefer", "verify-ca", "no-verify"]) {
        const [code, reason] = await callWith(url("localhost", `sslmode=${mode}`));
        assertEquals(code, "not_configured");
        assertMatch(reason ?? "", /^DATABASE_URL must have sslmode=verify-full/);
      }
    });
  },
});
