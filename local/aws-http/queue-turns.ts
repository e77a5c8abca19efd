import type { AwsRequest } from "./aws-request";

/**
 * Lets one request at a time read or change queues. Moto changes a queue in several steps and takes no lock.
 * If two requests come at once, a deleted message can appear again, and a new one can be lost (seen with
 * moto 5.2).
 */
export class QueueTurns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` at once, or for a request about queues after all earlier ones. */
  async take<T>(request: AwsRequest, work: () => Promise<T>): Promise<T> {
    if (!touchesQueues(request)) return work();
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** A request that waits for messages would keep all others waiting. It changes nothing until one arrives. */
function touchesQueues({ body, operation, service }: AwsRequest): boolean {
  if (service === "events") return operation === "PutEvents";
  const seconds = (body as { WaitTimeSeconds?: number } | undefined)?.WaitTimeSeconds ?? 0;
  return service === "sqs" && seconds === 0;
}
