import * as z from "zod";
import type { EnforceResponse } from "../../../core/contract/enforcement";
import { parseJson } from "../../../core/json";
import { enforce } from "../enforce/enforce";
import { BatchFailedError } from "../execute/describe-failure";
import { InvalidInputError } from "../runtime/errors";
import type { Call } from "../services/services";
import { clustersOfParameter } from "../sources/source-clusters";

/**
 * @see
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
 */
const changeSchema = z.object({
  source: z.literal("aws.ssm"),
  "detail-type": z.literal("Parameter Store Change"),
  detail: z.object({ name: z.string().min(1), operation: z.string() }),
});

/**
 * Enforces every cluster whose sources changed. The event only says that a parameter changed. Its value is
 * read from the parameter, and its clusters from the registry, so that a late or forged event does no harm.
 *
 * @throws the failure of the one cluster that failed, or BatchFailedError with all of them, after every
 * cluster was tried; the queue then delivers the message again
 */
export async function reconcileChanges(
  bodies: readonly string[],
  call: Call,
): Promise<readonly EnforceResponse[]> {
  const clusters = new Set<string>();
  for (const body of bodies)
    for (const cluster of await clustersOfParameter(call.services.registry, changedParameter(body)))
      clusters.add(cluster);
  const done: EnforceResponse[] = [];
  const failures: unknown[] = [];
  for (const cluster of [...clusters].sort()) {
    try {
      done.push(await enforce(cluster, "parameter", { ...call, startedAt: call.services.now() }));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new BatchFailedError(failures);
  return done;
}

function changedParameter(body: string): string {
  const json = parseJson(body);
  const parsed = changeSchema.safeParse("value" in json ? json.value : undefined);
  if (!parsed.success)
    throw new InvalidInputError(
      "the queue holds a message that is no change of a parameter (source aws.ssm)",
    );
  return parsed.data.detail.name;
}
