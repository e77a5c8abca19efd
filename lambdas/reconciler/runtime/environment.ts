import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";
import { personPartitions } from "../../../core/contract/offboarding";
import { InternalError } from "../../../core/errors";
import { COMMON_VARIABLES, parseEnvironment } from "../../runtime/environment";

const environmentSchema = z.object({
  ...COMMON_VARIABLES,
  /** The registry's path: `<path>/<cluster>` is an SSM parameter. */
  REGISTRY_PATH: z.string().regex(/^\/[A-Za-z0-9._/-]+[A-Za-z0-9._-]$/),
  LEDGER_TABLE: z.string().min(1),
  AUDIT_TABLE: z.string().min(1),
  /** The ARN of the KMS key that proves who wrote the ledger. */
  PROOF_KEY: z.string().min(1),
  /** PEM text that replaces Amazon's bundle. */
  CA_BUNDLE: z.string().min(1).optional(),
  /** The path of a file with such text, from the folder of the function's code on. */
  CA_BUNDLE_FILE: z.string().min(1).optional(),
  /** The reconciler's name: `service` in logs, metrics and traces. */
  SERVICE_NAME: z.string().min(1).default("aurora-users"),
  /** The name of the bus that events go to. */
  EVENT_BUS: z.string().min(1).default("default"),
  /** The bucket for the heads of the audit trail, as evidence that nothing was cut off. */
  AUDIT_ANCHOR_BUCKET: z.string().min(1).optional(),
  AUDIT_ANCHOR_PREFIX: z.string().default(""),
  /** Whether the functions' own roles have no rights on clusters without run roles. */
  CLUSTER_ROLES_ONLY: z.enum(["true"]).optional(),
  /** In place of AWS's own endpoints, as on the local cloud. The SDK reads it too. */
  AWS_ENDPOINT_URL: z.string().min(1).optional(),
});

export type Environment = Readonly<ReturnType<typeof readEnvironment>>;

/** What Terraform set for the reconciler's functions. Holds no secret. @throws InternalError */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>) {
  const parsed = parseEnvironment(environmentSchema, variables, {
    environment: "the function's",
    construct: "the Reconciler construct",
  });
  const { AUDIT_ANCHOR_BUCKET: bucket, AUDIT_ANCHOR_PREFIX: prefix } = parsed;
  return {
    registryPath: parsed.REGISTRY_PATH,
    ledgerTable: parsed.LEDGER_TABLE,
    auditTable: parsed.AUDIT_TABLE,
    // A table that is given by its ARN is another account's or region's, and serves other reconcilers, too.
    persons: personPartitions(parsed.LEDGER_TABLE.startsWith("arn:") ? parsed.SERVICE_NAME : undefined),
    proofKey: parsed.PROOF_KEY,
    caBundle: parsed.CA_BUNDLE ?? certificates(parsed.CA_BUNDLE_FILE),
    logLevel: parsed.LOG_LEVEL,
    service: parsed.SERVICE_NAME,
    eventBus: parsed.EVENT_BUS,
    auditAnchor: bucket === undefined ? undefined : { bucket, prefix },
    needsRunRoles: parsed.CLUSTER_ROLES_ONLY === "true",
    awsEndpoint: parsed.AWS_ENDPOINT_URL,
    tracing: parsed.TRACING === "true",
  };
}

function certificates(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(resolve(__dirname, file), "utf8");
  } catch {
    throw new InternalError(
      `the file of CA_BUNDLE_FILE cannot be read: ${file}. Deploy the Reconciler construct again.`,
    );
  }
}
