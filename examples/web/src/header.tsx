import { ClerkFailed, OrganizationSwitcher, Show, UserButton } from "@clerk/react";
import { Link, useLocation } from "wouter";
import { buttonClass } from "./ui/button.tsx";

const LINK = "inline-flex min-h-11 items-center rounded-md px-2 hover:underline";

export function Header() {
  return (
    <header className="border-line border-b">
      <a
        href="#main"
        className="bg-card sr-only z-10 rounded-md px-4 py-3 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <div className="mx-auto flex max-w-5xl flex-wrap items-center justify-between gap-x-4 px-4 py-2">
        <nav aria-label="Main" className="-ml-2 flex items-center gap-2">
          <Link href="/" className={`${LINK} font-semibold`}>Local shop</Link>
          <Show when="signed-in">
            <Link href="/reports" className={LINK}>Reports</Link>
            <Link href="/account" className={LINK}>Account</Link>
          </Show>
        </nav>
        <div className="flex min-h-11 items-center gap-3">
          <Show when="signed-out">
            <SignInLink />
          </Show>
          <Show when="signed-in">
            <OrganizationSwitcher />
            <UserButton />
          </Show>
          <ClerkFailed>
            <p role="alert" className="text-destructive text-sm">Sign-in is not available. Reload to try again.</p>
          </ClerkFailed>
        </div>
      </div>
    </header>
  );
}

/** Leads back to the page that it was opened from. */
function SignInLink() {
  const [location] = useLocation();
  if (location.startsWith("/sign-in")) return null;
  return (
    <Link href={`/sign-in?redirect_url=${encodeURIComponent(location)}`} className={buttonClass("primary")}>
      Sign in
    </Link>
  );
}
