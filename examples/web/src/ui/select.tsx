import type { SelectHTMLAttributes } from "react";

export const Select = ({ className = "", ...props }: SelectHTMLAttributes<HTMLSelectElement>) => (
  <select {...props} className={`bg-input border-line min-h-11 rounded-md border px-3 ${className}`} />
);
