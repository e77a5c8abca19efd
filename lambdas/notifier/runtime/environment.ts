import { z } from "zod";
import { InternalError } from "./errors";

const environmentSchema = z.object({
  /** The SSM parameter that holds the channels. */
  CONFIG_PARAMETER: z.string().min(1),
  /** Where it is kept what was sent: keys `pk` and `sk`, TTL attribute `ttl`. */
  DELIVERIES_TABLE: z.string().min(1),
  LOG_LEVEL: z.enum(["debug", "info", "error", "off"]).default("info"),
  TRACING: z.enum(["true", "false"]).default("false"),
});

export interface Environment {
  readonly configParameter: string;
  readonly deliveriesTable: string;
  readonly logLevel: "debug" | "info" | "error" | "off";
  readonly tracing: boolean;
}

/** What Terraform set for the notifier. Holds no secret. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const parsed = environmentSchema.safeParse(variables);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map(issue => issue.path.join(".")))].join(", ");
    throw new InternalError(
      `the notifier's environment is not usable: ${names}. Deploy its construct again.`,
    );
  }
  const { CONFIG_PARAMETER, DELIVERIES_TABLE, LOG_LEVEL, TRACING } = parsed.data;
  return {
    ...{ configParameter: CONFIG_PARAMETER, deliveriesTable: DELIVERIES_TABLE },
    ...{ logLevel: LOG_LEVEL, tracing: TRACING === "true" },
  };
}
