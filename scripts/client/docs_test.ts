/** The code of the documents about the client: each document is one program. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { catalogTypes } from "../generate/catalog_types.ts";
import { LOCAL, ROOT } from "../lib/paths.ts";

/** What the documents use of Clerk's browser SDK: https://clerk.com/docs/reference/javascript/clerk */
const CLERK = `
export declare class Clerk {
  constructor(publishableKey: string);
  load(): Promise<void>;
  readonly session: { getToken(): Promise<string | null> } | null | undefined;
  addListener(listener: (resources: { user?: object | null }) => void): () => void;
}
`;

/** What README.md leaves to the application. */
const README = `
import { Clerk } from "@clerk/clerk-js";
declare const clerk: Clerk;
declare const projectUrl: string, publishableKey: string, success_url: string, cancel_url: string;
`;

const codeOf = async (path: string) => {
  const text = await Deno.readTextFile(`${ROOT}/${path}`);
  return [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, block]) => block).join("\n");
};

/** The messages of the type check of these programs. */
async function check(programs: Record<string, string>): Promise<string> {
  // In the repository, where node_modules is found.
  await Deno.mkdir(LOCAL, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: LOCAL, prefix: "docs-" });
  try {
    const files = {
      ...programs,
      "clerk.ts": CLERK,
      "catalog.ts": catalogTypes({ lookupKeys: ["team_monthly", "business_monthly"], entitlements: ["reports"] }),
      "deno.json": JSON.stringify({
        lock: false,
        nodeModulesDir: "manual",
        compilerOptions: { strict: true, noUncheckedIndexedAccess: true },
        imports: {
          "@clerk/clerk-js": "./clerk.ts",
          "@clerk-stripe-supabase/client": "../../packages/client/mod.ts",
        },
      }),
    };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config=deno.json", ...Object.keys(programs)],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the code of the documents passes the type check, and a misspelled lookup key does not", async () => {
  const frontend = await codeOf("docs/11-frontend.md");
  const messages = await check({
    "frontend.ts": frontend,
    "client.ts": await codeOf("packages/client/README.md"),
    "readme.ts": README + await codeOf("README.md"),
    "misspelled.ts": frontend.replace('"team_monthly"', '"team_montly"'),
  });
  const errors = messages.match(/^TS\d+.*$/gm) ?? [];
  assertEquals(errors.length, 1, messages);
  assertStringIncludes(errors[0]!, `Type '"team_montly"' is not assignable`);
});
