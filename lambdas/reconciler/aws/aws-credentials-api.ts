import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { clientOptions } from "../../runtime/aws-client";
import { CredentialsError } from "../runtime/errors";
import type { AwsCredentials, CredentialsApi } from "./credentials";

/** For all clients of the reconciler. */
export const CLIENT_OPTIONS = clientOptions({ maxAttempts: 4 });

const as = (credentials: AwsCredentials | undefined) => (credentials ? { credentials } : {});

/** AWS itself. What a cluster does not use is not loaded. */
export const awsCredentialsApi: CredentialsApi = {
  async assumeRole(RoleArn, RoleSessionName) {
    const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
    const client = new STSClient(CLIENT_OPTIONS);
    const { Credentials } = await client.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName, DurationSeconds: 900 }),
    );
    if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey || !Credentials.SessionToken)
      throw new CredentialsError(`AWS STS gave no credentials for ${RoleArn}`);
    const {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    } = Credentials;
    return { accessKeyId, secretAccessKey, sessionToken };
  },

  async secretText(SecretId, region, credentials) {
    const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
    const client = new SecretsManagerClient({ ...CLIENT_OPTIONS, region, ...as(credentials) });
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    return SecretString ?? "";
  },

  async token(entry: RegistryEntry, username, credentials) {
    const { Signer } = await import("@aws-sdk/rds-signer");
    const { host: hostname, port, region } = entry;
    return new Signer({ hostname, port, region, username, ...as(credentials) }).getAuthToken();
  },
};
