import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** Clerk's events are accepted, and no owner that left is billed. */
export async function checkDepartures({ database, variables }: DoctorTarget): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (!variables.CLERK_WEBHOOK_SIGNING_SECRET) {
    findings.push(note(
      "Departures: CLERK_WEBHOOK_SIGNING_SECRET is not set, so the subscriptions of deleted users are billed on",
      "create an endpoint for clerk-webhook at https://dashboard.clerk.com/last-active?path=webhooks and set its secret",
    ));
  }
  findings.push(...await checkBilled(database, variables.CLERK_USER_DELETED === "keep"));
  const [orphan] = await database.query<{ owner_id: string; total: number }>(
    "select owner_id, count(*) over ()::int as total from billing.orphaned_payers limit 1",
  );
  if (orphan !== undefined) {
    findings.push(wrong(
      `Departures: Clerk does not have ${orphan.total} owners who pay, first ${orphan.owner_id}`,
      `send their deletions again from Clerk's dashboard; list them with "select * from billing.orphaned_payers"`,
    ));
  }
  return findings.length > 0 ? findings : [ok("Departures: no owner that was deleted at Clerk is billed")];
}

async function checkBilled(database: DoctorTarget["database"], keep: boolean): Promise<Finding[]> {
  const [billed] = await database.query<{ owner_id: string; total: number }>(
    "select owner_id, count(*) over ()::int as total from billing.departed_but_billed limit 1",
  );
  if (billed === undefined) return [];
  const what = `Departures: ${billed.total} subscriptions of deleted owners do not end, first of ${billed.owner_id}`;
  if (keep) return [note(what, "nothing to do: CLERK_USER_DELETED is keep")];
  return [wrong(
    what,
    `the reconcile tries again every ten minutes, see its log; list them with "select * from billing.departed_but_billed"`,
  )];
}
