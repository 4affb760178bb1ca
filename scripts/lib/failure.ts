/** An error that the user of the command can resolve: shown as its message, without a stack trace. */
export class Failure extends Error {
  override name = "Failure";
}
