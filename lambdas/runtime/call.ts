import type { Deadline } from "./deadline";

/** One call of a function. */
export interface Call<Services> {
  readonly services: Services;
  readonly deadline: Deadline;
}

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}
