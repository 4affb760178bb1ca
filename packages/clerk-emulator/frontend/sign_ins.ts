/** Signing in with a password, a code or a ticket. https://clerk.com/docs/reference/javascript/sign-in */
import { type Context, Hono } from "hono";
import { clerkError, missingParameter, notFound } from "../errors.ts";
import { redeemSignInToken } from "../sign_in_tokens.ts";
import { type Client, newId, type SignIn } from "../state.ts";
import { findByAddress } from "../users.ts";
import { answer, clientOf, openSession, requireSignedOut } from "./clients.ts";
import { requireCode } from "./codes.ts";
import { fieldsOf } from "./fields.ts";
import type { Frontend } from "./frontend.ts";
import { showSignIn } from "./show_sign_in.ts";

export function signInRoutes(frontend: Frontend): Hono {
  const { state } = frontend;
  const app = new Hono();
  const find = (c: Context): { client: Client; signIn: SignIn } => {
    const client = clientOf(state, c);
    const id = c.req.param("id") ?? "";
    if (client.sign_in?.id !== id) throw notFound("sign in", id);
    return { client, signIn: client.sign_in };
  };
  const show = (c: Context, client: Client, signIn: SignIn) => answer(frontend, c, client, showSignIn(state, signIn));

  /** Ends an attempt with a session. */
  function complete(c: Context, client: Client, signIn: SignIn, strategy: string): Promise<Response> {
    const session = openSession(frontend, c, client, signIn.user_id!);
    client.sign_in = null;
    return show(c, client, { ...signIn, strategy, created_session_id: session.id });
  }

  function requirePassword({ user_id }: SignIn, given: string | undefined): void {
    const password = state.passwords[user_id ?? ""];
    if (password === undefined) {
      const long = "This account has no password. Use another method.";
      throw clerkError(
        422,
        "strategy_for_user_invalid",
        "The verification strategy is not valid for this account",
        long,
      );
    }
    if (given === password) return;
    const message = "Password is incorrect. Try again, or use another method.";
    throw clerkError(422, "form_password_incorrect", message, message, { param_name: "password" });
  }

  app.post("/", async (c) => {
    const client = clientOf(state, c);
    requireSignedOut(state, client);
    const { identifier, password, strategy, ticket } = await fieldsOf(c);
    const isTicket = strategy === "ticket";
    const user_id = isTicket ? redeemSignInToken(state, ticket ?? "") : identifier ? userIdOf(identifier) : null;
    const signIn: SignIn = { id: newId("sia"), user_id, strategy: null, created_session_id: null };
    client.sign_in = signIn;
    if (isTicket) return await complete(c, client, signIn, "ticket");
    if (password === undefined) return await show(c, client, signIn);
    if (user_id === null) throw missingParameter("identifier");
    requirePassword(signIn, password);
    return await complete(c, client, signIn, "password");
  });
  function userIdOf(address: string): string {
    const user = findByAddress(state, address);
    if (user !== undefined) return user.id;
    const message = "Couldn't find your account.";
    throw clerkError(422, "form_identifier_not_found", message, message, { param_name: "identifier" });
  }

  app.get("/:id", (c) => {
    const { client, signIn } = find(c);
    return show(c, client, signIn);
  });
  app.post("/:id/prepare_first_factor", async (c) => {
    const { client, signIn } = find(c);
    signIn.strategy = (await fieldsOf(c)).strategy ?? null;
    return await show(c, client, signIn);
  });
  app.post("/:id/attempt_first_factor", async (c) => {
    const { client, signIn } = find(c);
    const { strategy = "", password, code } = await fieldsOf(c);
    if (signIn.user_id === null) throw missingParameter("identifier");
    if (strategy === "password") requirePassword(signIn, password);
    else requireCode(code);
    return await complete(c, client, signIn, strategy);
  });
  return app;
}
