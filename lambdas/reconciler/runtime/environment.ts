import { z } from "zod";
import { InternalError } from "./errors";
import type { LogLevel } from "./log";

const environmentSchema = z.object({
  /** Where the registry is: `<path>/<cluster>` is an SSM parameter. */
  REGISTRY_PATH: z.string().regex(/^\/[A-Za-z0-9._/-]+[A-Za-z0-9._-]$/),
  LEDGER_TABLE: z.string().min(1),
  AUDIT_TABLE: z.string().min(1),
  /** PEM text; instead of Amazon's bundle. */
  CA_BUNDLE: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(["debug", "info", "error", "off"]).default("info"),
  /** The reconciler's name: `service` in logs, metrics and traces. */
  SERVICE_NAME: z.string().min(1).default("aurora-users"),
  /** The bus that events go to, by name. */
  EVENT_BUS: z.string().min(1).default("default"),
  /** Where the heads of the audit trail are put, as evidence that nothing was cut off. */
  AUDIT_ANCHOR_BUCKET: z.string().min(1).optional(),
  AUDIT_ANCHOR_PREFIX: z.string().default(""),
  /** X-Ray. */
  TRACING: z.enum(["true", "false"]).default("false"),
});

export interface Environment {
  readonly registryPath: string;
  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly caBundle?: string | undefined;
  readonly logLevel: LogLevel;
  readonly service: string;
  readonly eventBus: string;
  readonly auditAnchor?: { readonly bucket: string; readonly prefix: string } | undefined;
  readonly tracing: boolean;
}

/** What Terraform set for the functions. Holds no secret. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const parsed = environmentSchema.safeParse(variables);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map(issue => issue.path.join(".")))].join(", ");
    throw new InternalError(
      `the function's environment is not usable: ${names}. Deploy the Reconciler construct again.`,
    );
  }
  const { REGISTRY_PATH, LEDGER_TABLE, AUDIT_TABLE, CA_BUNDLE, LOG_LEVEL, SERVICE_NAME, EVENT_BUS, TRACING } =
    parsed.data;
  const { AUDIT_ANCHOR_BUCKET: bucket, AUDIT_ANCHOR_PREFIX: prefix } = parsed.data;
  return {
    registryPath: REGISTRY_PATH,
    ledgerTable: LEDGER_TABLE,
    auditTable: AUDIT_TABLE,
    caBundle: CA_BUNDLE,
    logLevel: LOG_LEVEL,
    service: SERVICE_NAME,
    eventBus: EVENT_BUS,
    ...(bucket === undefined ? {} : { auditAnchor: { bucket, prefix } }),
    tracing: TRACING === "true",
  };
}
