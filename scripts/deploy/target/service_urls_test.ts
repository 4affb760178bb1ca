import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Failure } from "../../lib/failure.ts";
import { EMULATORS, readServiceUrls } from "./service_urls.ts";

const REF = "abcdefghijklmnopqrst";

/** The URLs, or the message of the failure, with these variables in the shell. */
function read(shell: Record<string, string>, live = false): string {
  const urls = readServiceUrls({ live, shell });
  return [urls.managementApi, urls.stripe, urls.clerk, urls.projectUrl(REF), urls.keySetUrl("https://issuer")].join(
    " ",
  );
}
const refuses = (shell: Record<string, string>, live: boolean, message: string) =>
  void assertThrows(() => read(shell, live), Failure, message);

function profile(api_url: string): string {
  const path = Deno.makeTempFileSync();
  Deno.writeTextFileSync(path, JSON.stringify({ api_url }));
  return path;
}

const REAL =
  `https://api.supabase.com https://api.stripe.com https://api.clerk.com https://${REF}.supabase.co https://issuer/.well-known/jwks.json`;

Deno.test("readServiceUrls, a shell that says nothing else, answers the real services", () => {
  const agreeing = {
    SUPABASE_URL: `https://${REF}.supabase.co/`,
    STRIPE_API_URL: "https://api.stripe.com",
    CLERK_API_URL: "https://api.clerk.com/",
    SUPABASE_PROFILE: profile("https://api.supabase.com"),
  };
  const empty = { SUPABASE_URL: "", STRIPE_API_URL: "", CLERK_API_URL: "", SUPABASE_PROFILE: "", [EMULATORS]: "" };
  for (const shell of [{}, agreeing, empty]) for (const live of [true, false]) assertEquals(read(shell, live), REAL);
});

Deno.test("readServiceUrls refuses every variable of the shell that names another address, in both modes", () => {
  for (const live of [true, false]) {
    for (
      const address of ["http://127.0.0.1:54321", "https://other.example", "https://tsrqponmlkjihgfedcba.supabase.co"]
    ) {
      for (const name of ["SUPABASE_URL", "STRIPE_API_URL", "CLERK_API_URL"]) {
        refuses({ [name]: address }, live, `Unset ${name} in the shell: it is "${address}"`);
      }
    }
    const other = { SUPABASE_PROFILE: profile("https://api.other.example") };
    refuses(other, live, "Unset SUPABASE_PROFILE in the shell");
  }
});

Deno.test("readServiceUrls accepts emulators on this machine, and none with a live key", () => {
  const emulators = { project: "http://127.0.0.1:1", stripe: "http://localhost:2", clerk: "http://[::1]:3" };
  const shell = { [EMULATORS]: JSON.stringify(emulators) };
  assertStringIncludes(read(shell), "http://localhost:2 http://[::1]:3 http://127.0.0.1:1 http://[::1]:3/.well-known");
  refuses(shell, true, "never receives a live key");
  refuses({ SUPABASE_PROFILE: profile("http://127.0.0.1:1") }, true, "Unset SUPABASE_PROFILE");
  refuses({ [EMULATORS]: `{"stripe":"https://other.example"}` }, false, "is not on this machine");
});
