import { Route, Switch } from "wouter";
import { Header } from "./header.tsx";
import { AccountPage } from "./pages/account.tsx";
import { NotFoundPage } from "./pages/not_found.tsx";
import { PricingPage } from "./pages/pricing.tsx";
import { ReportsPage } from "./pages/reports.tsx";
import { SignInPage } from "./pages/sign_in.tsx";
import { SuccessPage } from "./pages/success.tsx";

export function App() {
  return (
    <>
      <Header />
      <main id="main" className="mx-auto max-w-5xl px-4 py-10">
        <Switch>
          <Route path="/">
            <PricingPage />
          </Route>
          <Route path="/reports">
            <ReportsPage />
          </Route>
          <Route path="/success">
            <SuccessPage />
          </Route>
          <Route path="/account">
            <AccountPage />
          </Route>
          <Route path="/sign-in/*?">
            <SignInPage />
          </Route>
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </main>
    </>
  );
}
