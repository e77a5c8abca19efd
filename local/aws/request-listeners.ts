import type { AwsRequest } from "../aws-http/aws-request";

/** @param answer the body of AWS's answer */
export type RequestListener = (request: AwsRequest, answer?: string) => void;

/** Who wants to know of requests. */
export class RequestListeners {
  readonly #all: RequestListener[] = [];

  add(listener: RequestListener): void {
    this.#all.push(listener);
  }

  /** Reports a request that arrived. One whose answer counts is reported when it is answered. */
  arrived(request: AwsRequest): void {
    if (!isAnswerHeard(request)) this.#tell(request);
  }

  /** @returns what to call with AWS's answer; undefined if nobody needs it */
  watch(request: AwsRequest): ((text: string) => string) | undefined {
    return this.#all.length > 0 && isAnswerHeard(request) ? text => this.#tell(request, text) : undefined;
  }

  #tell(request: AwsRequest, answer = ""): string {
    for (const listener of this.#all) listener(request, answer);
    return answer;
  }
}

/** What says who calls, and what they may do. */
const isAnswerHeard = ({ operation, service }: AwsRequest): boolean =>
  service === "iam" || service === "sts" || operation === "CreateKey";
