import { compareSecrets } from "../../steps/secrets.ts";
import { sentSecrets, sentVariables } from "../../variables/variables_file.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { Target } from "../target.ts";

/** The file of variables, and whether the project has what it says. */
export async function checkVariables({ hosted }: Target): Promise<Finding[]> {
  // Of a stack here each function says itself whether it has what it needs.
  if (hosted === undefined) return [];
  const { api, file, problems, ref } = hosted;
  const { missing, other, left } = await compareSecrets(api, sentSecrets(file), sentVariables());
  const findings: Finding[] = problems.map((problem) => wrong(`Variables: ${problem}`, `mend "${file.path}"`));
  const send = `send it with "npm run deploy -- --project-ref ${ref} --env-file ${file.path}"`;
  for (const name of missing) findings.push(wrong(`Variables: the project has no ${name}`, send));
  for (const name of other) {
    findings.push(wrong(`Variables: the project has another ${name} than "${file.path}"`, send));
  }
  for (const name of left) {
    findings.push(
      note(
        `Variables: the project has ${name}, "${file.path}" has not`,
        `npx supabase secrets unset ${name} --remote=${ref}`,
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(`Variables: sound, and the project has the same as "${file.path}"`)];
}
