import { CALLER_CREDENTIALS, FUNCTION_CREDENTIALS, REGION } from "../aws-http/identity";

const common = (endpoint: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
});

/** The variables of a caller outside AWS. */
export const callerEnvironment = (endpoint: string): Readonly<Record<string, string>> => ({
  ...common(endpoint),
  AWS_ACCESS_KEY_ID: CALLER_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CALLER_CREDENTIALS.secretAccessKey,
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_MAX_ATTEMPTS: "2",
});

/** The variables of every function. */
export const functionEnvironment = (endpoint: string): Readonly<Record<string, string>> => ({
  ...common(endpoint),
  AWS_ACCESS_KEY_ID: FUNCTION_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: FUNCTION_CREDENTIALS.secretAccessKey,
});
