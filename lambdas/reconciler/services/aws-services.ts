import { randomBytes } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { RunRight } from "../../../core/contract/run-role";
import { defined } from "../../../core/json";
import type { clientOptions } from "../../runtime/aws-client";
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
import { type SourceParameters, ssmSourceParameters } from "../aws/source-parameters";
import type { EventBus } from "../events/event-bus";
import { Outbox } from "../events/outbox";
import { Reminders } from "../events/reminders";
import { connectMySql } from "../mysql/connect-mysql";
import type { Environment } from "../runtime/environment";
import { RegistryError } from "../runtime/errors";
import { AccountSecrets } from "../secrets/account-secrets";
import type { AuditAnchor } from "../store/audit-anchor";
import { AuditTrail } from "../store/audit-trail";
import { EnforcementRecords } from "../store/enforcement-records";
import { HoldersLedger } from "../store/holders-ledger";
import { InstanceSessions } from "../store/instance-sessions";
import { LateLogins } from "../store/late-logins";
import { Ledger } from "../store/ledger";
import { Proofs } from "../store/proofs";
import { SourceLedger } from "../store/source-ledger";
import { UserDirectory } from "../store/user-directory";
import {
  identityStore,
  lazyAuditAnchor,
  lazyCapacity,
  lazyEventBus,
  lazyExpirySchedule,
  lazyProofKey,
  lazySecretVersions,
  type RunClients,
  rdsApi,
} from "./lazy-clients";
import { renewing } from "./renewing";
import { type RunAs, RunServices } from "./run-services";
import type { ClusterServices, Services } from "./services";

/**
 * The functions' services on AWS, made once for each container.
 * @param right which of a cluster's run roles the function assumes
 * @param options those of the clients of DynamoDB and Parameter Store
 */
export function awsServices(
  environment: Environment,
  right: RunRight,
  tracing?: Tracing,
  options: ReturnType<typeof clientOptions> = CLIENT_OPTIONS,
): Services {
  const { auditAnchor, logLevel, proofKey, registryPath, service } = environment;
  const traced = <T>(client: T): T => tracing?.client(client) ?? client;
  const log = powertoolsLog(service, logLevel);
  const accessDeniedRetry = new AccessDeniedRetry();
  const ssm = traced(new SSMClient(options));
  const registry = new ParameterRegistry(ssm, registryPath, accessDeniedRetry, {
    log,
    needsRunRoles: environment.needsRunRoles,
  });
  const shared: SharedServices = {
    environment,
    traced,
    log,
    accessDeniedRetry,
    options,
    metrics: logLevel === "off" ? silentMetrics : embeddedMetrics(service, "cluster"),
    // The key's policy names the functions' own roles, so that nobody gains its use by a role of a cluster.
    proofs: new Proofs(lazyProofKey(proofKey, traced, accessDeniedRetry), log),
    bus: lazyEventBus(environment.eventBus, traced, log),
    anchor: auditAnchor && lazyAuditAnchor(auditAnchor),
    parameters: ssmSourceParameters(ssm, accessDeniedRetry),
  };
  const runs = new RunServices(right, accessDeniedRetry, run => servicesOf(shared, tablesAs(shared, run)));
  const own = tablesAs(shared);
  return {
    ...servicesOf(shared, own),
    registry,
    identityStore: identityStore(() => ssm.config.credentials(), environment.awsEndpoint),
    directory: new UserDirectory(own.store, environment.ledgerTable, shared.proofs, environment.persons),
    forCluster: async cluster => {
      try {
        return runs.of(await registry.entry(cluster), registry);
      } catch (error) {
        const records = right === "preview" || !environment.needsRunRoles;
        if (error instanceof RegistryError && records) return {};
        throw error;
      }
    },
    metrics: shared.metrics,
    accessDeniedRetry,
    log,
    now: () => new Date(),
    pause,
    randomId: () => randomBytes(4).toString("hex"),
  };
}

/** What all runs of a container have in common. */
interface SharedServices {
  readonly environment: Environment;
  readonly traced: RunClients["traced"];
  readonly options: ReturnType<typeof clientOptions>;
  readonly log: Services["log"];
  readonly accessDeniedRetry: AccessDeniedRetry;
  readonly metrics: Services["metrics"];
  readonly proofs: Proofs;
  readonly bus: EventBus;
  readonly anchor: AuditAnchor | undefined;
  readonly parameters: SourceParameters;
}

/** The tables as one role reaches them, and what its other clients are made with. */
interface TablesAs extends RunClients {
  readonly dynamoDb: DynamoDBClient;
  readonly store: DynamoDbItemStore;
}

/** @param as the cluster's run role; by default the function's own */
function tablesAs(shared: SharedServices, as?: RunAs): TablesAs {
  const traced: RunClients["traced"] = client =>
    as ? renewing(shared.traced(client), as.forget) : shared.traced(client);
  const dynamoDb = tablesClient({ ...shared, traced }, as?.credentials);
  const store = new DynamoDbItemStore(dynamoDb, shared.accessDeniedRetry);
  return { traced, credentials: as?.credentials, dynamoDb, store };
}

/** The services that reach a cluster, and what is recorded about it. */
function servicesOf(shared: SharedServices, tables: TablesAs): ClusterServices {
  const { accessDeniedRetry, anchor, bus, environment, log, metrics, proofs } = shared;
  const { dynamoDb, store, ...clients } = tables;
  const { credentials: run } = clients;
  const { auditTable, awsEndpoint, caBundle, ledgerTable } = environment;
  const credentials = new AwsCredentialsReader(awsCredentialsApi(run), accessDeniedRetry);
  const rds = rdsApi(run ?? (() => dynamoDb.config.credentials()), awsEndpoint);
  const secretVersions = lazySecretVersions(clients);
  const outbox = new Outbox(store, ledgerTable, bus, proofs);
  return {
    ledger: new Ledger(store, ledgerTable, proofs, environment.persons),
    audit: new AuditTrail(store, auditTable, {
      log,
      anchor,
      onAnchorFailed: ({ pk }) => metrics.emit(pk, { AnchorFailures: 1 }),
    }),
    connect: (entry, { timeoutMs, ...given }) =>
      connectMySql(entry, { credentials, caBundle, ...given, connectTimeoutMs: timeoutMs }),
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
    schedule: lazyExpirySchedule(clients),
    capacity: lazyCapacity(clients),
    identity: new RdsClusterIdentity(rds),
    instances: new RdsClusterInstances(rds),
    instanceSessions: new InstanceSessions(store, ledgerTable),
    sources: { ledger: new SourceLedger(store, ledgerTable, proofs), parameters: shared.parameters },
  };
}

/** A client of the tables, in their region. */
function tablesClient(
  { environment, options, traced }: SharedServices,
  credentials?: RunClients["credentials"],
): DynamoDBClient {
  const region = regionOfTable(environment.ledgerTable);
  // An endpoint of a VPC has the region's name, and not those that begin with an account's number.
  const accountIdEndpointMode = "disabled" as const;
  return traced(new DynamoDBClient(defined({ ...options, accountIdEndpointMode, region, credentials })));
}

/** The region of a table that is given by its ARN, as one of another account; undefined for one by name. */
const regionOfTable = (table: string): string | undefined => /^arn:[^:]+:dynamodb:([^:]+):/.exec(table)?.[1];
