import { Link } from "wouter";
import { Page } from "../page.tsx";

export const NotFoundPage = () => (
  <Page title="Page not found">
    <Link href="/" className="underline">Back to the start</Link>
  </Page>
);
