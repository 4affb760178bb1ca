/**
 * `npm run types:catalog -- FILE [--check] [--port N] [--env-file FILE [--live]]`: writes the lookup keys of prices and
 * of features as a TypeScript type, or fails when the file is stale. They are those of the Stripe account of ".env" or
 * the running stack, or of the key in the named file.
 */
import { openStripe, stripeCall } from "./deploy/stripe/sdk.ts";
import { readVariablesFile, requireStripeKey, resolveStack } from "./deploy/target/resolve_target.ts";
import { readServiceUrls } from "./deploy/target/service_urls.ts";
import { catalogTypes, isSameCatalog } from "./generate/catalog_types.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { readIfExists } from "./lib/files.ts";

const OPTIONS = {
  check: { type: "boolean", default: false },
  port: { type: "string" },
  "env-file": { type: "string" },
  live: { type: "boolean", default: false },
} as const;

await runCommand(async () => {
  const { values, positionals: [file] } = readArguments(OPTIONS);
  if (file === undefined) {
    throw new Failure('Name the file to write: npm run types:catalog -- "../my-app/src/catalog.ts"');
  }
  const { url, key } = values["env-file"] === undefined ? local(values) : named(values);
  const types = catalogTypes(await readKeys(url, key));
  const written = readIfExists(file);
  const isCurrent = written !== undefined && isSameCatalog(written, types);
  if (values.check && !isCurrent) {
    throw new Failure(`"${file}" is stale: run "npm run types:catalog -- ${file}"`);
  }
  if (!isCurrent) await Deno.writeTextFile(file, types);
  console.log(`"${file}" is ${isCurrent ? "up to date" : "new"}`);
});

function local({ port }: { port?: string }) {
  const { localStripe, variables } = readEnvironment();
  if (!localStripe && port === undefined) {
    return { url: readServiceUrls({ live: false }).stripe, key: variables.STRIPE_SECRET_KEY! };
  }
  const { stripe_url: url, stripe_secret_key: key } = resolveStack({ port });
  return { url, key };
}

function named(options: { "env-file"?: string; live: boolean }) {
  const file = readVariablesFile(options);
  return { url: readServiceUrls(options).stripe, key: requireStripeKey({ file, live: options.live }) };
}

async function readKeys(url: string, key: string) {
  const stripe = openStripe(url, key);
  const lookupKeys: string[] = [];
  const entitlements: string[] = [];
  await stripeCall((async () => {
    for await (
      const { lookup_key, product } of stripe.prices.list({ active: true, limit: 100, expand: ["data.product"] })
    ) {
      const isActive = typeof product === "object" && !product.deleted && product.active;
      if (lookup_key !== null && isActive) lookupKeys.push(lookup_key);
    }
    for await (const { lookup_key } of stripe.entitlements.features.list({ archived: false, limit: 100 })) {
      entitlements.push(lookup_key);
    }
  })());
  return { lookupKeys, entitlements };
}
