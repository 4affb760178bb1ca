import type { ButtonHTMLAttributes } from "react";

const LOOK = {
  primary: "bg-primary text-primary-foreground hover:opacity-90",
  plain: "border-line bg-card border hover:border-current",
  danger: "bg-destructive text-destructive-foreground hover:opacity-90",
};

export const buttonClass = (look: keyof typeof LOOK) =>
  `${LOOK[look]} inline-flex min-h-11 cursor-pointer items-center justify-center rounded-md px-4 font-medium ` +
  "disabled:cursor-default disabled:opacity-60";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof LOOK;
  /** Whether what it began has not ended. */
  readonly busy?: boolean;
}

export const Button = ({ look = "plain", busy = false, disabled, className = "", ...props }: ButtonProps) => (
  <button
    type="button"
    {...props}
    disabled={disabled || busy}
    aria-busy={busy}
    className={`${buttonClass(look)} ${className}`}
  />
);
