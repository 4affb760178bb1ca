import { Link } from "wouter";
import { Entitled } from "../entitled.tsx";
import { Page } from "../page.tsx";

/** A page for customers with the feature `reports`. */
export const ReportsPage = () => (
  <Page title="Reports">
    <Entitled
      to="reports"
      fallback={
        <p>
          Reports are part of every plan. <Link href="/" className="underline">See the plans</Link>
        </p>
      }
    >
      <p>Your reports are ready.</p>
    </Entitled>
  </Page>
);
