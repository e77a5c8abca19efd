import type { ServerResponse } from "node:http";

import { answerError } from "../aws-http/aws-answer";
import { type AwsRequest, FINAL_STATUS, isPersistent } from "../aws-http/aws-request";

export const FAULT_MESSAGE = "a fault that a test set";

/**
 * What happens to a request:
 *
 * - `error`: it is answered with 500 and not executed;
 * - `drop`: the connection is closed, and the request is not executed;
 * - `lose-response`: it is executed, then the connection is closed;
 * - `deny`: it is answered with 400 AccessDeniedException;
 * - an object: it is answered with this error.
 */
export type ServiceFaultAction =
  | "error"
  | "drop"
  | "lose-response"
  | "deny"
  | { readonly status: number; readonly type: string; readonly message?: string };

export interface ServiceFaultOptions {
  /** The number of the first matching request that fails. @default 1 */
  readonly from?: number;
  /** How many requests fail from there on. @default - all */
  readonly times?: number;
}

/** A fault that a test set. It also counts requests that it does not fail. */
export interface ServiceFault {
  /** How many requests matched so far. */
  readonly matched: number;
  /** How many of these failed. */
  readonly failed: number;
  clear(): void;
}

/** The faults that a test set. They are checked for each request. */
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

  /** The fault for a request, if any. Every matching fault counts the request, and the first one decides. */
  decide(request: AwsRequest): ServiceFaultAction | undefined {
    const decided = [...this.#set].filter(fault => fault.matches(request)).map(fault => fault.next());
    return decided.find(action => action !== undefined);
  }

  clear(): void {
    this.#set.clear();
  }
}

/** Answers a request that is not executed, or whose answer is lost (`drop`). */
export function answerFault(
  fault: Exclude<ServiceFaultAction, "lose-response">,
  { headers }: AwsRequest,
  response: ServerResponse,
): void {
  const final = isPersistent(headers) ? FINAL_STATUS : undefined;
  if (typeof fault === "object")
    answerError(response, fault.status, fault.type, fault.message ?? FAULT_MESSAGE);
  else if (fault === "deny") answerError(response, 400, "AccessDeniedException", FAULT_MESSAGE);
  else if (fault === "error") answerError(response, final ?? 500, "InternalServerError", FAULT_MESSAGE);
  else if (final) answerError(response, final, "Unreachable", "unreachable");
  else response.destroy();
}
