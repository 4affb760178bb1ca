import { CONFIG } from "./config.ts";
import { LOCK } from "./lock.ts";
import type { Plan } from "./plan.ts";

interface Item {
  readonly state: string;
  readonly name: string;
}

/** Whether applying the plan would change anything. */
export const hasChanges = ({ writes }: Plan): boolean => writes.length > 0;

/** The plan as it is shown: changes one a line, what stays as a count. */
export function describePlan(plan: Plan): string {
  const { project, files, migrations, config, variables, conflicts, notes } = plan;
  const sections = [
    section("Files", files.map(({ path, state }) => ({ state, name: path }))),
    section("Migrations", migrations.map(({ name, file, state }) => ({ state, name: `${file} (from ${name})` }))),
    section(CONFIG, config.map(({ block, state }) => ({ state, name: block }))),
    section(".env.example", variables),
    section("Record", [{ state: recordState(plan), name: LOCK }]),
    ...(notes.length === 0 ? [] : [["Notes", ...notes.map((note) => `  ${note}`)].join("\n")]),
    ...(conflicts.length === 0 ? [] : [describeConflicts(plan)]),
  ];
  return [`${titleOf(plan)} in "${project}"`, ...sections].join("\n\n");
}

function titleOf({ version, adopted }: Plan): string {
  if (adopted === undefined) return `Install billing ${version}`;
  return adopted === version ? `Update billing ${version}` : `Update billing ${adopted} to ${version}`;
}

function recordState({ writes, adopted }: Plan): string {
  if (!writes.some(({ path }) => path === LOCK)) return "unchanged";
  return adopted === undefined ? "create" : "update";
}

function section(title: string, items: readonly Item[]): string {
  const changes = items.filter(({ state }) => state !== "unchanged");
  const unchanged = items.length - changes.length;
  return [
    title,
    ...changes.map(({ state, name }) => `  ${state.padEnd(10)} ${name}`),
    ...(unchanged === 0 ? [] : [`  ${"unchanged".padEnd(10)} ${unchanged}`]),
  ].join("\n");
}

const describeConflicts = ({ conflicts }: Plan): string =>
  [
    "Conflicts: nothing is written until each is decided",
    ...conflicts.flatMap(({ subject, reason, advice }) => [
      `  ${"conflict".padEnd(10)} ${subject}`,
      `  ${"".padEnd(10)} ${reason}: ${advice}`,
    ]),
  ].join("\n");

/** What the operator does after the files are written. */
export const NEXT_STEPS = `Next, in your project:
  1. Read the diff and commit it, with ${LOCK}
  2. Fill in the new variables in .env, and send them: supabase secrets set --env-file .env
     Every "supabase" command needs CLERK_DOMAIN from now on
  3. supabase db push
  4. supabase functions deploy
Then Clerk, the webhook endpoint, the backfill and the schedule: docs/09-existing-project.md#after-it`;
