import { SignIn } from "@clerk/react";

/** Clerk's own page with its heading, which also signs up. */
export const SignInPage = () => (
  <div className="flex justify-center">
    <SignIn routing="path" path="/sign-in" />
  </div>
);
