import { Page } from "../page.tsx";

export const HomePage = () => (
  <Page title="Pricing">
    <p className="text-muted-foreground">The plans of this shop.</p>
  </Page>
);
