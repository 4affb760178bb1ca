import { type ReactNode, useId } from "react";

/** A section with a heading. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="bg-card border-line flex flex-col items-start gap-4 rounded-xl border p-6">
      <h2 id={id} className="text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}
