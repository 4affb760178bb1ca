import { type ReactNode, useEffect, useRef } from "react";

/** A page with its title; a navigation moves the focus to its heading, so that screen readers announce the page. */
export function Page({ title, children }: { title: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Local shop`;
    heading.current?.focus();
  }, [title]);
  return (
    <>
      <h1 ref={heading} tabIndex={-1} className="mb-6 text-3xl font-semibold tracking-tight">{title}</h1>
      {children}
    </>
  );
}
