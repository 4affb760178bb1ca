/** Signing up with an email address, a password and the code. https://clerk.com/docs/reference/javascript/sign-up */
import { type Context, Hono } from "hono";
import { missingParameter, notFound } from "../errors.ts";
import { type Client, newId, type SignUp } from "../state.ts";
import { createUser, requireFreeAddress } from "../users.ts";
import { answer, clientOf, openSession, requireSignedOut } from "./clients.ts";
import { requireCode } from "./codes.ts";
import { fieldsOf } from "./fields.ts";
import type { Frontend } from "./frontend.ts";
import { requirePasswordLength } from "./passwords.ts";
import { showSignUp } from "./show_sign_up.ts";

export function signUpRoutes(frontend: Frontend): Hono {
  const { state, emit } = frontend;
  const app = new Hono();
  const find = (c: Context): { client: Client; signUp: SignUp } => {
    const client = clientOf(state, c);
    const id = c.req.param("id") ?? "";
    if (client.sign_up?.id !== id) throw notFound("sign up", id);
    return { client, signUp: client.sign_up };
  };
  const show = (c: Context, client: Client, signUp: SignUp) => answer(frontend, c, client, showSignUp(signUp));

  async function take(c: Context, signUp: SignUp): Promise<void> {
    const fields = await fieldsOf(c);
    const email_address = fields.email_address?.toLowerCase();
    if (email_address) requireFreeAddress(state, email_address);
    if (fields.password) requirePasswordLength(fields.password);
    if (email_address) signUp.email_address = email_address;
    if (fields.password) signUp.password = fields.password;
    for (const name of ["first_name", "last_name"] as const) if (fields[name]) signUp[name] = fields[name]!;
  }

  app.post("/", async (c) => {
    const client = clientOf(state, c);
    requireSignedOut(state, client);
    const signUp: SignUp = {
      id: newId("sua"),
      email_address: null,
      password: null,
      first_name: null,
      last_name: null,
      created_user_id: null,
      created_session_id: null,
    };
    await take(c, signUp);
    client.sign_up = signUp;
    return await show(c, client, signUp);
  });
  app.get("/:id", (c) => {
    const { client, signUp } = find(c);
    return show(c, client, signUp);
  });
  app.patch("/:id", async (c) => {
    const { client, signUp } = find(c);
    await take(c, signUp);
    return await show(c, client, signUp);
  });
  app.post("/:id/prepare_verification", (c) => {
    const { client, signUp } = find(c);
    return show(c, client, signUp);
  });
  app.post("/:id/attempt_verification", async (c) => {
    const { client, signUp } = find(c);
    requireCode((await fieldsOf(c)).code);
    const { email_address, password, first_name, last_name } = signUp;
    if (email_address === null) throw missingParameter("email_address");
    if (password === null) throw missingParameter("password");
    const user = createUser(state, { email_address: [email_address], password, first_name, last_name });
    emit("user.created", user);
    const session = openSession(frontend, c, client, user.id);
    client.sign_up = null;
    return await show(c, client, { ...signUp, created_user_id: user.id, created_session_id: session.id });
  });
  return app;
}
