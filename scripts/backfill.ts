/**
 * `npm run backfill [-- --port N] [--restart]`: everything that Stripe has into the mirror of the stack that runs here;
 * `npm run backfill -- --project-ref REF [--env-file FILE] [--live] [--restart]` into a project's.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { exists } from "./lib/files.ts";
import { Failure } from "./lib/failure.ts";
import { untilStopped } from "./lib/stop_requests.ts";
import { OPTIONS, requireStripeKey, resolveStack } from "./deploy/target/resolve_target.ts";
import { readServiceUrls } from "./deploy/target/service_urls.ts";
import { readProjectRef, settingsOf } from "./deploy/target/project.ts";
import { RESUMES, runBackfill } from "./deploy/backfill/run_backfill.ts";
import { createProgress } from "./deploy/backfill/show_counts.ts";
import { readVariables } from "./deploy/variables/variables_file.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...OPTIONS, restart: { type: "boolean", default: false } });
  const { live, restart } = values;
  const where = hosted() ?? local();
  const text = new TextEncoder();
  const progress = createProgress((words) => Deno.stdout.writeSync(text.encode(words)), Deno.stdout.isTerminal());

  const done = await untilStopped(() =>
    runBackfill({
      ...where,
      restart,
      onProgress: (counts) => progress.show(counts),
      onWait: (reason) => progress.say(`Waiting: ${reason}`),
    })
  );
  if (done === undefined) {
    progress.say(`Stopped. ${RESUMES}`);
    return 130;
  }
  progress.say(`The mirror of ${where.url} has everything that Stripe had; --restart reads it all again`);

  /** A project is asked for no more than its function and its secret. */
  function hosted() {
    if (values.port !== undefined) return undefined;
    const path = values["env-file"] ?? ".env";
    const known = exists(path) ? readVariables(path) : undefined;
    const ref = readProjectRef(values["project-ref"], settingsOf(known?.all ?? {}));
    if (ref === undefined) return undefined;
    const file = known ?? readVariables(path);
    requireStripeKey({ file, live });
    const { RECONCILE_SECRET: secret } = file.secrets;
    if (secret === undefined) throw new Failure(`RECONCILE_SECRET is missing in "${file.path}"`);
    return { url: readServiceUrls({ live }).projectUrl(ref), secret };
  }

  function local() {
    const { url, reconcile_secret } = resolveStack(values);
    return { url, secret: reconcile_secret };
  }
});
