import { compareSecrets } from "../../steps/secrets.ts";
import { sentSecrets, sentVariables } from "../../variables/variables_file.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** The file of variables is valid, and the project has the same values. */
export async function checkVariables({ hosted }: DoctorTarget): Promise<Finding[]> {
  // On a local stack the functions report missing variables themselves.
  if (hosted === undefined) return [];
  const { api, file, problems, ref } = hosted;
  const { missing, different, onlyInProject } = await compareSecrets(api, sentSecrets(file), sentVariables());
  const findings: Finding[] = problems.map((problem) => wrong(`Variables: ${problem}`, `correct "${file.path}"`));
  const send = `send it with "npm run deploy -- --project-ref ${ref} --env-file ${file.path}"`;
  for (const name of missing) findings.push(wrong(`Variables: the project has no ${name}`, send));
  for (const name of different) {
    findings.push(wrong(`Variables: ${name} in the project differs from "${file.path}"`, send));
  }
  for (const name of onlyInProject) {
    findings.push(
      note(
        `Variables: the project has ${name}, but "${file.path}" does not`,
        `to remove it, run "npx supabase secrets unset ${name} --remote=${ref}"`,
      ),
    );
  }
  return findings.length > 0
    ? findings
    : [ok(`Variables: valid, and the project's values equal those in "${file.path}"`)];
}
