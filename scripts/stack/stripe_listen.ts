/** Forwards the events of a real account to this machine with `stripe listen`: https://docs.stripe.com/cli/listen */
import type { Environment } from "../lib/environment.ts";
import { Failure } from "../lib/failure.ts";
import { stripeCli } from "../lib/programs.ts";
import { invocation, stripe, type StripeTarget } from "./stripe_cli.ts";

export interface Listener {
  /** Variables of the functions: the secret of `stripe listen`, in addition to the configured ones. */
  readonly env: Readonly<Record<string, string>>;
  /** Forwards the events of some types, `*` for all, until it is stopped. */
  forward(url: string, events: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface ListenerOptions extends Omit<StripeTarget, "secretKey" | "url"> {
  readonly environment: Environment;
  /** Receives each line that the CLI writes, without the secret. */
  log(line: string): void;
}

/**
 * Reads the signing secret of `stripe listen`.
 *
 * @returns undefined when the key lacks the permission; the reason is logged, and no events arrive
 */
export async function prepareListener({ environment, log, ...rest }: ListenerOptions): Promise<Listener | undefined> {
  const { STRIPE_SECRET_KEY = "", STRIPE_WEBHOOK_SECRET } = environment.variables;
  const target = { ...rest, secretKey: STRIPE_SECRET_KEY, url: "https://api.stripe.com" };
  const { program = stripeCli(), processes } = target;
  const ours = await readSigningSecret(target).catch((error) => {
    if (!(error instanceof Failure)) throw error;
    log(`Stripe's events are not forwarded: ${error.message}`);
  });
  if (ours === undefined) return undefined;

  let stop: (() => Promise<void>) | undefined;
  return {
    env: { STRIPE_WEBHOOK_SECRET: [STRIPE_WEBHOOK_SECRET, ours].filter(Boolean).join(",") },
    async forward(url, events) {
      const args = ["listen", "--skip-update", "--events", events.join(","), "--forward-to", url];
      const listening = processes.start(program, {
        ...await invocation(args, target),
        onLine: (line) => log(line.replace(SECRET, "whsec_…")),
      });
      let stopped = false;
      stop = () => (stopped = true, listening.stop());
      void listening.exited.then(({ code }) => {
        if (!stopped) {
          log(`It exited with code ${code}: Stripe's events are not forwarded until the next start`);
        }
      });
    },
    stop: async () => await stop?.(),
  };
}

const SECRET = /\bwhsec_\w+/g;

/** The secret that `stripe listen` signs with: constant for a machine and an account. */
async function readSigningSecret(target: StripeTarget): Promise<string> {
  const [secret] = (await stripe(["listen", "--print-secret", "--skip-update"], target)).match(SECRET) ?? [];
  if (secret === undefined) throw new Failure(`"stripe listen --print-secret" printed no secret`);
  return secret;
}
