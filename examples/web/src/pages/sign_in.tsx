import { SignIn } from "@clerk/react";

/** Clerk's own page, which also signs up. */
export const SignInPage = () => (
  <div className="flex justify-center">
    <h1 className="sr-only">Sign in</h1>
    <SignIn routing="path" path="/sign-in" />
  </div>
);
