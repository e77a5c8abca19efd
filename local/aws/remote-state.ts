import { S3Backend, type TerraformStack } from "cdktf";
import { providerSettings } from "./provider-settings";

/** What the backend needs to know of the local cloud. */
interface StateCloud {
  readonly region: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly endpoint: string;
  readonly stateBucket: string;
}

/**
 * Keeps a stack's state where a team keeps it: in a bucket, with a lock file. Terraform writes a state in a
 * local file after each resource, which takes a minute for a thousand; it writes one in a bucket every 20
 * seconds.
 * @see https://developer.hashicorp.com/terraform/language/backend/s3
 */
export function remoteState(stack: TerraformStack, cloud: StateCloud): void {
  const { region, accessKey, secretKey } = providerSettings(cloud);
  new S3Backend(stack, {
    bucket: cloud.stateBucket,
    key: `${stack.node.id}.tfstate`,
    region,
    accessKey,
    secretKey,
    endpoints: { s3: cloud.endpoint },
    usePathStyle: true,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: true,
    skipRequestingAccountId: true,
  });
  stack.addOverride("terraform.backend.s3.use_lockfile", true);
}
