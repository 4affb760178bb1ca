import { showVerification } from "./codes.ts";
import type { ClerkState, SignIn } from "../state.ts";

/** https://clerk.com/docs/reference/javascript/sign-in */
export function showSignIn(state: ClerkState, signIn: SignIn) {
  const { id, user_id, strategy, created_session_id } = signIn;
  const user = user_id === null ? undefined : state.users[user_id];
  const [address] = user?.email_addresses ?? [];
  const isComplete = created_session_id !== null;
  return {
    object: "sign_in",
    id,
    status: isComplete ? "complete" : user === undefined ? "needs_identifier" : "needs_first_factor",
    identifier: address?.email_address ?? null,
    supported_identifiers: ["email_address"],
    supported_first_factors: address === undefined ? null : [
      ...Object.hasOwn(state.passwords, user!.id) ? [{ strategy: "password" }] : [],
      {
        strategy: "email_code",
        email_address_id: address.id,
        safe_identifier: address.email_address,
        primary: true,
      },
    ],
    supported_second_factors: null,
    first_factor_verification: strategy === null ? null : showVerification(isComplete, strategy),
    second_factor_verification: null,
    created_session_id,
    user_data: user && {
      first_name: user.first_name,
      last_name: user.last_name,
      image_url: user.image_url,
      has_image: user.has_image,
    },
  };
}
