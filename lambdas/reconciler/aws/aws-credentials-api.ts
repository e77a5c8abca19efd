import { defined } from "../../../core/json";
import { clientOptions } from "../../runtime/aws-client";
import { CredentialsError } from "../runtime/errors";
import type { AwsCredentials, CredentialsApi } from "./credentials";

/** For all of the reconciler's clients. */
export const CLIENT_OPTIONS = clientOptions(4);

/**
 * AWS itself. Clients that a cluster does not need are not loaded.
 * @param own the run's credentials, in place of those of the function's own role
 */
export const awsCredentialsApi = (own?: () => Promise<AwsCredentials>): CredentialsApi => ({
  async assumeRole(RoleArn, RoleSessionName, { externalId, policy }) {
    const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
    const session = { RoleArn, RoleSessionName, DurationSeconds: 900, Policy: policy };
    const command = new AssumeRoleCommand(defined({ ...session, ExternalId: externalId }));
    const { AccessKeyId, SecretAccessKey, SessionToken } =
      (await new STSClient(defined({ ...CLIENT_OPTIONS, credentials: own })).send(command)).Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken)
      throw new CredentialsError(`AWS STS gave no credentials for ${RoleArn}`);
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  },

  async secretText(SecretId, region, credentials) {
    const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
    const client = new SecretsManagerClient(
      defined({ ...CLIENT_OPTIONS, region, credentials: credentials ?? own }),
    );
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    return SecretString ?? "";
  },

  async token({ host: hostname, port, region }, username, credentials) {
    const { Signer } = await import("@aws-sdk/rds-signer");
    return new Signer(
      defined({ hostname, port, region, username, credentials: credentials ?? own }),
    ).getAuthToken();
  },
});
