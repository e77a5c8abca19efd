import type { RunDeadline } from "./deadline";

/** One call of a function. */
export interface Call<Services> {
  readonly services: Services;
  readonly deadline: RunDeadline;
}

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}
