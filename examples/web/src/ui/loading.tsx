/** The shape of what is being loaded; screen readers hear the label. */
export const Loading = ({ label, boxes = 1 }: { label: string; boxes?: number }) => (
  <div role="status" className="grid gap-6 sm:grid-cols-[repeat(auto-fit,minmax(15rem,1fr))]">
    <span className="sr-only">{label}</span>
    {Array.from(
      { length: boxes },
      (_, index) => <div key={index} aria-hidden className="bg-line h-48 rounded-xl motion-safe:animate-pulse" />,
    )}
  </div>
);
