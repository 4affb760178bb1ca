import { type Finding, note, ok } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** Realtime publishes the changes of what was bought; without it `watch` of the client polls. */
export async function checkRealtime({ database, hosted }: DoctorTarget): Promise<Finding[]> {
  const [changes] = await database.query<{ published: boolean; publication: boolean }>(
    `select billing.changes_are_published() as published,
      exists (select from pg_publication where pubname = 'supabase_realtime') as publication`,
  );
  if (changes?.published) return [ok("Realtime: stripe_changes is published")];
  const finding = "Realtime: stripe_changes is not published, so the client polls";
  if (hosted === undefined) return [note(finding, "nothing to do: the local stack has no Realtime")];
  return [note(
    finding,
    changes?.publication
      ? 'run "select billing.publish_changes()" in the SQL editor'
      : 'enable Realtime in the dashboard, then run "select billing.publish_changes()" in the SQL editor',
  )];
}
