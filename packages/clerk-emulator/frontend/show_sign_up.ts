import { showVerification } from "./codes.ts";
import type { SignUp } from "../state.ts";

/** https://clerk.com/docs/reference/javascript/sign-up */
export function showSignUp(signUp: SignUp) {
  const { id, email_address, password, first_name, last_name, created_session_id, created_user_id } = signUp;
  const isComplete = created_session_id !== null;
  const missing = { email_address, password };
  return {
    object: "sign_up",
    id,
    status: isComplete ? "complete" : "missing_requirements",
    required_fields: ["email_address", "password"],
    optional_fields: ["first_name", "last_name"],
    missing_fields: Object.entries(missing).filter(([, value]) => value === null).map(([name]) => name),
    unverified_fields: isComplete || email_address === null ? [] : ["email_address"],
    email_address,
    has_password: password !== null,
    first_name,
    last_name,
    username: null,
    phone_number: null,
    web3_wallet: null,
    unsafe_metadata: {},
    created_session_id,
    created_user_id,
    abandon_at: null,
    legal_accepted_at: null,
    locale: null,
    external_account: null,
    external_account_strategy: null,
    verifications: {
      email_address: email_address === null ? null : {
        ...showVerification(isComplete, "email_code"),
        next_action: isComplete ? "" : "needs_attempt",
        supported_strategies: ["email_code"],
      },
      phone_number: null,
      web3_wallet: null,
      external_account: null,
    },
  };
}
