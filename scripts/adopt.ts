/**
 * `npm run adopt -- FOLDER [--dry-run] [--yes] [--overwrite PATH] [--keep PATH] [--without NAME] [--with NAME]
 * [--ignore-name NAME]`: copies the billing backend into an existing Supabase project, or updates it there.
 */
import { resolve } from "node:path";
import { applyPlan } from "./adopt/apply.ts";
import { uncommittedChanges } from "./adopt/git.ts";
import { planAdoption } from "./adopt/plan.ts";
import { describePlan, hasChanges, NEXT_STEPS } from "./adopt/show_plan.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { requireConfirmation } from "./lib/confirm.ts";
import { Failure } from "./lib/failure.ts";
import { ROOT } from "./lib/paths.ts";
import { createSteps } from "./lib/steps.ts";

await runCommand(async () => {
  const { values, positionals: [folder, ...rest] } = readArguments({
    "dry-run": { type: "boolean", default: false },
    yes: { type: "boolean", default: false },
    overwrite: { type: "string", multiple: true, default: [] },
    keep: { type: "string", multiple: true, default: [] },
    without: { type: "string", multiple: true, default: [] },
    with: { type: "string", multiple: true, default: [] },
    "ignore-name": { type: "string", multiple: true, default: [] },
  });
  if (folder === undefined || rest.length > 0) {
    throw new Failure("Name one folder, that of your Supabase project: npm run adopt -- ../my-app");
  }
  // npm changes to the repository's folder; the operator means the one where the command was typed.
  const project = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), folder);

  const plan = planAdoption(ROOT, project, {
    overwrite: values.overwrite,
    keep: values.keep,
    without: values.without,
    with: values.with,
    ignoredNames: values["ignore-name"],
    now: new Date(),
  });
  const warning = await uncommittedChanges(project);
  console.log(describePlan(plan) + "\n");
  if (plan.conflicts.length > 0) {
    throw new Failure(`Nothing was changed. Conflicts to decide: ${plan.conflicts.length}`);
  }
  if (!hasChanges(plan)) {
    console.log("Nothing to do");
    return 0;
  }
  if (warning !== undefined) console.error(`Warning: ${warning}\n`);
  if (values["dry-run"]) {
    console.log("Nothing was changed (--dry-run)");
    return 0;
  }
  if (!values.yes) requireConfirmation("yes", `This writes ${plan.writes.length} files.`);
  await createSteps().step(`Write ${plan.writes.length} files`, async () => await applyPlan(plan));
  console.log(`\n${NEXT_STEPS}`);
});
