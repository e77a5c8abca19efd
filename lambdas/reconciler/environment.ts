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
});

export interface Environment {
  readonly registryPath: string;
  readonly ledgerTable: string;
  readonly auditTable: string;
  readonly caBundle?: string | undefined;
  readonly logLevel: LogLevel;
}

/** What Terraform set for the functions. Holds no secret. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const parsed = environmentSchema.safeParse(variables);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map(issue => issue.path.join(".")))].join(", ");
    throw new InternalError(`the function's environment is not usable: ${names}. Deploy the Reconciler construct again.`);
  }
  const { REGISTRY_PATH, LEDGER_TABLE, AUDIT_TABLE, CA_BUNDLE, LOG_LEVEL } = parsed.data;
  return {
    registryPath: REGISTRY_PATH,
    ledgerTable: LEDGER_TABLE,
    auditTable: AUDIT_TABLE,
    caBundle: CA_BUNDLE,
    logLevel: LOG_LEVEL,
  };
}
