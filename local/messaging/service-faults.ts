import type { AwsRequest } from "../aws-http/aws-request";

/**
 * What happens to a request: `error` answers 500 without doing it, `drop` closes the connection without doing it,
 * `lose-response` does it and closes the connection, `deny` answers 400 AccessDeniedException, and an object
 * answers that very error.
 */
export type ServiceFaultAction =
  | "error"
  | "drop"
  | "lose-response"
  | "deny"
  | { readonly status: number; readonly type: string; readonly message?: string };

export interface ServiceFaultOptions {
  /** The first matching request that fails, counted from 1. @default 1 */
  readonly from?: number;
  /** How many fail, counted from there. @default - all */
  readonly times?: number;
}

/** A fault that is set; counts also while it lets requests through. */
export interface ServiceFault {
  /** Requests that matched so far. */
  readonly matched: number;
  /** Of these, how many failed. */
  readonly failed: number;
  clear(): void;
}

/** The faults that a test has set, asked for each request. */
export class ServiceFaults {
  readonly #set = new Set<{
    matches(request: AwsRequest): boolean;
    next(): ServiceFaultAction | undefined;
  }>();

  add(
    matches: (request: AwsRequest) => boolean,
    action: ServiceFaultAction,
    options: ServiceFaultOptions = {},
  ): ServiceFault {
    const { from = 1, times = Number.POSITIVE_INFINITY } = options;
    let matched = 0;
    let failed = 0;
    const entry = {
      matches,
      next: () => {
        matched++;
        if (matched < from || failed >= times) return undefined;
        failed++;
        return action;
      },
    };
    this.#set.add(entry);
    return {
      get matched() {
        return matched;
      },
      get failed() {
        return failed;
      },
      clear: () => void this.#set.delete(entry),
    };
  }

  /** What is to happen to this request, if anything. Every fault that matches counts it; the first one decides. */
  decide(request: AwsRequest): ServiceFaultAction | undefined {
    const decided = [...this.#set].filter(fault => fault.matches(request)).map(fault => fault.next());
    return decided.find(action => action !== undefined);
  }

  clear(): void {
    this.#set.clear();
  }
}
