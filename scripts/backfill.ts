/**
 * `npm run backfill [-- --port N] [--restart]` copies everything that Stripe has into the local stack's mirror;
 * `npm run backfill -- --project-ref REF [--env-file FILE] [--live] [--restart]` into a project's.
 */
import { kindLabels } from "../supabase/functions/_shared/contract/mirrored_kinds.ts";
import { RESUMES, runBackfill } from "./deploy/backfill/run_backfill.ts";
import { createEstimate } from "./deploy/backfill/estimate.ts";
import { createProgress } from "./deploy/backfill/show_counts.ts";
import { findProject, requireStripeKey, resolveStack, TARGET_OPTIONS } from "./deploy/target/resolve_target.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { untilStopped } from "./lib/stop_requests.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...TARGET_OPTIONS, restart: { type: "boolean", default: false } });
  const target = hosted() ?? local();
  const text = new TextEncoder();
  const progress = createProgress({
    write: (part) => void Deno.stdout.writeSync(text.encode(part)),
    isTerminal: Deno.stdout.isTerminal(),
    labels: kindLabels(),
  });

  const estimate = createEstimate();

  const done = await untilStopped(() =>
    runBackfill({
      ...target,
      restart: values.restart,
      onProgress: (counts, share) => progress.show(counts, estimate(share)),
      onSkip: (kind) =>
        progress.writeLine(
          `Skipped ${kind}: STRIPE_SECRET_KEY may not read it. Grant the permission, then run again with --restart`,
        ),
      onWait: (reason) => progress.writeLine(`Waiting: ${reason}`),
    })
  );
  if (done === undefined) {
    progress.writeLine(`Stopped. ${RESUMES}`);
    return 130;
  }
  progress.writeLine(
    `Backfill complete: the mirror at ${target.url} has every object. Pass --restart to read them again`,
  );

  /** A project's URL and secret suffice: no access token is needed. */
  function hosted() {
    const named = findProject(values);
    if (named === undefined) return undefined;
    requireStripeKey(named);
    const { RECONCILE_SECRET: secret } = named.file.secrets;
    if (secret === undefined) throw new Failure(`RECONCILE_SECRET is missing in "${named.file.path}"`);
    return { url: named.urls.projectUrl(named.ref), secret };
  }

  function local() {
    const { url, reconcile_secret } = resolveStack(values);
    return { url, secret: reconcile_secret };
  }
});
