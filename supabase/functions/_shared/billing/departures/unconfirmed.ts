import { AppError } from "../../errors.ts";

/** An event and Clerk's Backend API contradict each other. Nothing is done until they agree. */
class Unconfirmed extends Error {
  override readonly name = "Unconfirmed";
}

/** @param reason Names ids and types, for the log only. */
export const unconfirmed = (reason: string): AppError =>
  AppError.clerkUnavailable(new AppError("clerk_unavailable", reason, { cause: new Unconfirmed(reason) }));

export const isUnconfirmed = (error: unknown): boolean =>
  error instanceof AppError && error.cause instanceof AppError && error.cause.cause instanceof Unconfirmed;
