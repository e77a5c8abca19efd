import * as z from "zod";
import { COMMON_VARIABLES, parseEnvironment } from "../../runtime/environment";

const environmentSchema = z.object({
  ...COMMON_VARIABLES,
  /** The SSM parameter that holds the channels. */
  CONFIG_PARAMETER: z.string().min(1),
  /** The table of messages that were sent: keys `pk` and `sk`, TTL attribute `ttl`. */
  DELIVERIES_TABLE: z.string().min(1),
});

export type Environment = Readonly<ReturnType<typeof readEnvironment>>;

/** What Terraform set for the notifier. Holds no secret. @throws InternalError */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>) {
  const parsed = parseEnvironment(environmentSchema, variables, {
    environment: "the notifier's",
    construct: "its construct",
  });
  return {
    configParameter: parsed.CONFIG_PARAMETER,
    deliveriesTable: parsed.DELIVERIES_TABLE,
    logLevel: parsed.LOG_LEVEL,
    tracing: parsed.TRACING === "true",
  };
}
