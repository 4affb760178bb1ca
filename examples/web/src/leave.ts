import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";

/**
 * Leaves for a page of Stripe: busy until this page is gone, and no longer when the browser's Back button restores it.
 *
 * @param open Gets the address
 */
export function useLeave<Input>(open: (input: Input) => Promise<{ url: string }>) {
  const { mutate, isPending, isSuccess, error, reset } = useMutation({
    mutationFn: async (input: Input) => location.assign((await open(input)).url),
  });
  useEffect(() => {
    const restore = ({ persisted }: PageTransitionEvent) => persisted && reset();
    addEventListener("pageshow", restore);
    return () => removeEventListener("pageshow", restore);
  }, [reset]);
  return { leave: mutate, busy: isPending || isSuccess, error };
}
