import { defined } from "../../../core/json";
import type { Log } from "../../runtime/log";
import type { AccessDeniedRetry } from "../aws/access-denied-retry";
import { awsCredentialsApi, CLIENT_OPTIONS } from "../aws/aws-credentials-api";
import { type Capacity, CloudWatchCapacity } from "../aws/capacity";
import { type AwsCredentials, credentialsFor } from "../aws/credentials";
import { EventBridgeExpirySchedule, type ExpirySchedule } from "../aws/expiry-schedule";
import { SignedIdentityStore } from "../aws/identity-store";
import { KmsProofKey, type ProofKey } from "../aws/proof-key";
import { RdsApi } from "../aws/rds-api";
import { EventBridgeBus, type EventBus } from "../events/event-bus";
import { AwsSecretVersions, type SecretVersions } from "../secrets/secret-versions";
import { type AuditAnchor, S3AuditAnchor } from "../store/audit-anchor";

type Traced = <T>(client: T) => T;

/** What a run's clients are made with: of the cluster's run role, or of the function's own. */
export interface RunClients {
  readonly traced: Traced;
  /** Absent: those of the function's own role. */
  readonly credentials?: (() => Promise<AwsCredentials>) | undefined;
}

/** Makes a client at its first use. A plan, which does not use these clients, does not load them. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const lazyEventBus = (name: string, traced: Traced, log: Log): EventBus =>
  new EventBridgeBus(
    once(async () => {
      const { EventBridgeClient } = await import("@aws-sdk/client-eventbridge");
      return traced(new EventBridgeClient(CLIENT_OPTIONS));
    }),
    name,
    log,
  );

export const lazyExpirySchedule = ({ credentials, traced }: RunClients): ExpirySchedule =>
  new EventBridgeExpirySchedule(
    once(async () => {
      const { SchedulerClient } = await import("@aws-sdk/client-scheduler");
      return traced(new SchedulerClient(defined({ ...CLIENT_OPTIONS, credentials })));
    }),
  );

export const lazyAuditAnchor = ({ bucket, prefix }: { bucket: string; prefix: string }): AuditAnchor =>
  new S3AuditAnchor(
    once(async () => {
      const { S3Client } = await import("@aws-sdk/client-s3");
      return new S3Client(CLIENT_OPTIONS);
    }),
    bucket,
    prefix,
  );

export const lazyProofKey = (keyArn: string, traced: Traced, retry: AccessDeniedRetry): ProofKey =>
  new KmsProofKey(
    once(async () => {
      const { KMSClient } = await import("@aws-sdk/client-kms");
      return traced(new KMSClient(CLIENT_OPTIONS));
    }),
    keyArn,
    retry,
  );

/** Secrets Manager in the functions' own account and region. */
export const lazySecretVersions = ({ credentials, traced }: RunClients): SecretVersions =>
  new AwsSecretVersions(
    once(async () => {
      const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
      return traced(new SecretsManagerClient(defined({ ...CLIENT_OPTIONS, credentials })));
    }),
  );

/** CloudWatch in the cluster's account and region. */
export const lazyCapacity = ({ credentials: run, traced }: RunClients): Capacity =>
  new CloudWatchCapacity(async entry => {
    const { CloudWatchClient } = await import("@aws-sdk/client-cloudwatch");
    const credentials = (await credentialsFor(entry, awsCredentialsApi(run))) ?? run;
    return traced(new CloudWatchClient(defined({ ...CLIENT_OPTIONS, region: entry.region, credentials })));
  });

/**
 * RDS in the cluster's account.
 * @param run the credentials of the run's role, or the function's own
 */
export const rdsApi = (run: () => Promise<AwsCredentials>, endpoint: string | undefined): RdsApi =>
  new RdsApi(async entry => (await credentialsFor(entry, awsCredentialsApi(run))) ?? run(), endpoint);

const READ_DIRECTORY = {
  externalId: undefined,
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["identitystore:DescribeUser", "identitystore:ListUsers"], Resource: "*" },
    ],
  }),
};

/**
 * The directory of Identity Center, in its own account or another.
 * @param own the function's own credentials
 */
export const identityStore = (
  own: () => Promise<AwsCredentials>,
  endpoint: string | undefined,
): SignedIdentityStore =>
  new SignedIdentityStore(
    async ({ assumeRoleArn }) =>
      assumeRoleArn === undefined
        ? own()
        : awsCredentialsApi().assumeRole(assumeRoleArn, "aurora-users-directory", READ_DIRECTORY),
    endpoint,
  );
