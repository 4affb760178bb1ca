import { SignIn, useAuth } from "@clerk/react";
import { Redirect, useSearchParams } from "wouter";

/** Clerk's own page with its heading, which also signs up; then it leads back to where the visitor came from. */
export function SignInPage() {
  const { isSignedIn } = useAuth();
  const [query] = useSearchParams();
  if (isSignedIn) return <Redirect to={pathOf(query.get("redirect_url"))} replace />;
  return (
    <div className="flex justify-center">
      <SignIn routing="path" path="/sign-in" />
    </div>
  );
}

/** The path of an address in this app; a link must not lead away from it. */
function pathOf(address: string | null): string {
  if (address === null || !URL.canParse(address, location.origin)) return "/";
  const { origin, pathname, search, hash } = new URL(address, location.origin);
  return origin === location.origin ? pathname + search + hash : "/";
}
