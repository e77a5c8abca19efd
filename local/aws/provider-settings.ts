/** What the provider needs to know of the local cloud. */
interface ProviderCloud {
  readonly region: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The arguments of Terraform's AWS provider on the local cloud. The provider reads the cloud's address from
 * AWS_ENDPOINT_URL, as a block of `endpoints` costs it seconds in every command. The keys are the local
 * cloud's: without the variable the provider reaches AWS, which refuses them, whatever keys the shell has.
 */
export const providerSettings = ({ environment, region }: ProviderCloud) => ({
  region,
  accessKey: environment["AWS_ACCESS_KEY_ID"]!,
  secretKey: environment["AWS_SECRET_ACCESS_KEY"]!,
  skipCredentialsValidation: true,
  skipMetadataApiCheck: "true",
  skipRequestingAccountId: true,
  s3UsePathStyle: true,
});
