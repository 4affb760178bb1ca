import { ClerkProvider } from "@clerk/react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { env } from "./env.ts";

/** The app's colors, which Clerk's components take over. */
const APPEARANCE = {
  variables: {
    colorBackground: "var(--card)",
    colorForeground: "var(--foreground)",
    colorMutedForeground: "var(--muted-foreground)",
    colorPrimary: "var(--primary)",
    colorPrimaryForeground: "var(--primary-foreground)",
    colorInput: "var(--input)",
    colorInputForeground: "var(--foreground)",
    colorNeutral: "var(--foreground)",
    colorDanger: "var(--destructive)",
    fontFamily: "inherit",
  },
};

/** Clerk, with the app's router and colors. */
export function Identity({ children }: { children: ReactNode }) {
  const [, navigate] = useLocation();
  return (
    <ClerkProvider
      publishableKey={env.clerkKey}
      proxyUrl={env.clerkProxy}
      routerPush={(to) => navigate(to)}
      routerReplace={(to) => navigate(to, { replace: true })}
      signInUrl="/sign-in"
      afterSignOutUrl="/"
      telemetry={false}
      appearance={APPEARANCE}
    >
      {children}
    </ClerkProvider>
  );
}
