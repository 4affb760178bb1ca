import { membershipsOf } from "../memberships.ts";
import { publicUserData } from "../public_user_data.ts";
import { createSessionToken } from "../sessions.ts";
import type { ClerkState, Session, User } from "../state.ts";
import type { Frontend } from "./frontend.ts";
import { publicMembership } from "./show_organization.ts";

/** Clerk's default for the life of a session. */
const WEEK = 7 * 86_400_000;

/** A session as the SDK reads it, with its user and a token. */
export async function showSession(frontend: Frontend, session: Session) {
  const { state, issuer } = frontend;
  const user = state.users[session.user_id]!;
  return {
    ...session,
    expire_at: session.created_at + WEEK,
    abandon_at: session.created_at + 4 * WEEK,
    last_active_at: Date.now(),
    last_active_token: { object: "token", jwt: await createSessionToken(state, session, { issuer }) },
    factor_verification_age: [0, -1],
    actor: null,
    tasks: null,
    user: { ...showUser(state, user), last_sign_in_at: session.created_at },
    public_user_data: publicUserData(user),
    updated_at: Date.now(),
  };
}

/** A user as its own browser sees it. */
export function showUser(state: ClerkState, user: User) {
  const { private_metadata: _, ...shown } = user;
  return {
    ...shown,
    password_enabled: Object.hasOwn(state.passwords, user.id),
    organization_memberships: membershipsOf(state, { user: user.id }).map((one) => publicMembership(state, one)),
    create_organization_enabled: true,
    delete_self_enabled: true,
  };
}
