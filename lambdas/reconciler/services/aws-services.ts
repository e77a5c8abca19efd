import { randomBytes } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SSMClient } from "@aws-sdk/client-ssm";
import { defined } from "../../../core/json";
import { pause } from "../../runtime/deadline";
import { DynamoDbItemStore } from "../../runtime/dynamodb-item-store";
import { powertoolsLog } from "../../runtime/log";
import { embeddedMetrics, silentMetrics } from "../../runtime/metrics";
import type { Tracing } from "../../runtime/tracing";
import { AccessDeniedRetry } from "../aws/access-denied-retry";
import { awsCredentialsApi, CLIENT_OPTIONS } from "../aws/aws-credentials-api";
import { RdsClusterIdentity } from "../aws/cluster-identity";
import { RdsClusterInstances } from "../aws/cluster-instances";
import { AwsCredentialsReader } from "../aws/credentials";
import { ParameterRegistry } from "../aws/registry";
import { ssmSourceParameters } from "../aws/source-parameters";
import { Outbox } from "../events/outbox";
import { Reminders } from "../events/reminders";
import { connectMySql } from "../mysql/connect-mysql";
import type { Environment } from "../runtime/environment";
import { AccountSecrets } from "../secrets/account-secrets";
import { AuditTrail } from "../store/audit-trail";
import { EnforcementRecords } from "../store/enforcement-records";
import { HoldersLedger } from "../store/holders-ledger";
import { InstanceSessions } from "../store/instance-sessions";
import { LateLogins } from "../store/late-logins";
import { Ledger } from "../store/ledger";
import { Proofs } from "../store/proofs";
import { SourceLedger } from "../store/source-ledger";
import {
  lazyAuditAnchor,
  lazyCapacity,
  lazyEventBus,
  lazyExpirySchedule,
  lazyProofKey,
  lazySecretVersions,
  rdsApi,
} from "./lazy-clients";
import type { Services } from "./services";

/**
 * The functions' services on AWS, made once for each container.
 * @param options those of the clients of DynamoDB and Parameter Store
 */
export function awsServices(environment: Environment, tracing?: Tracing, options = CLIENT_OPTIONS): Services {
  const { auditAnchor, auditTable, caBundle, eventBus, ledgerTable, logLevel } = environment;
  const { proofKey, registryPath, service } = environment;
  const traced = <T>(client: T): T => tracing?.client(client) ?? client;
  const log = powertoolsLog(service, logLevel);
  const accessDeniedRetry = new AccessDeniedRetry();
  const tables = new DynamoDBClient(defined({ ...options, region: regionOfTable(ledgerTable) }));
  const store = new DynamoDbItemStore(traced(tables), accessDeniedRetry);
  const ssm = traced(new SSMClient(options));
  const credentials = new AwsCredentialsReader(awsCredentialsApi, accessDeniedRetry);
  const metrics = logLevel === "off" ? silentMetrics : embeddedMetrics(service, "cluster");
  const proofs = new Proofs(lazyProofKey(proofKey, traced, accessDeniedRetry), log);
  const rds = rdsApi(() => ssm.config.credentials(), environment.awsEndpoint);
  const secretVersions = lazySecretVersions(traced);
  const outbox = new Outbox(store, ledgerTable, lazyEventBus(eventBus, traced, log), proofs);
  return {
    registry: new ParameterRegistry(ssm, registryPath, accessDeniedRetry, log),
    ledger: new Ledger(store, ledgerTable, proofs),
    audit: new AuditTrail(store, auditTable, {
      log,
      anchor: auditAnchor && lazyAuditAnchor(auditAnchor),
      onAnchorFailed: ({ pk }) => metrics.emit(pk, { AnchorFailures: 1 }),
    }),
    connect: (entry, { timeoutMs, ...options }) =>
      connectMySql(entry, { credentials, caBundle, ...options, connectTimeoutMs: timeoutMs }),
    outbox,
    reminders: new Reminders(store, ledgerTable, outbox),
    enforcement: new EnforcementRecords(store, ledgerTable, proofs),
    holders: new HoldersLedger(store, ledgerTable, proofs),
    lateLogins: new LateLogins(store, ledgerTable),
    logInAs: (entry, { password, timeoutMs, user }) =>
      connectMySql(entry, {
        credentials: { login: async () => ({ user, password, token: false }) },
        caBundle,
        bulkRead: false,
        isReader: true,
        connectTimeoutMs: timeoutMs,
      }),
    accountSecrets: new AccountSecrets(secretVersions),
    secretVersions,
    schedule: lazyExpirySchedule(traced),
    capacity: lazyCapacity(traced),
    identity: new RdsClusterIdentity(rds),
    instances: new RdsClusterInstances(rds),
    instanceSessions: new InstanceSessions(store, ledgerTable),
    sources: {
      ledger: new SourceLedger(store, ledgerTable, proofs),
      parameters: ssmSourceParameters(ssm, accessDeniedRetry),
    },
    metrics,
    accessDeniedRetry,
    log,
    now: () => new Date(),
    pause,
    randomId: () => randomBytes(4).toString("hex"),
  };
}

/** The region of a table that is given by its ARN, as one of another account; undefined for one by name. */
const regionOfTable = (table: string): string | undefined => /^arn:[^:]+:dynamodb:([^:]+):/.exec(table)?.[1];
