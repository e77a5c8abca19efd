/** The regions whose root certificates of RDS are in the functions' zip. A test compares the two. */
export const REGIONS_WITH_ROOTS: readonly string[] = [
  "af-south-1",
  "ap-east-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-south-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ca-central-1",
  "eu-central-1",
  "eu-central-2",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "me-central-1",
  "me-south-1",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
];

/** The other regions that RDS has: their root certificates must be given to the functions. */
export const REGIONS_WITHOUT_ROOTS: readonly string[] = [
  "ap-east-2",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "ca-west-1",
  "cn-north-1",
  "cn-northwest-1",
  "il-central-1",
  "mx-central-1",
  "us-gov-east-1",
  "us-gov-west-1",
];

/** The name of a region, in all partitions. */
export const REGION_PATTERN = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

/** Where AWS keeps root certificates, by the beginning of the region's name. */
const STORES: readonly (readonly [start: string, store: string])[] = [
  ["cn-", "rds-truststore.s3.cn-north-1.amazonaws.com.cn"],
  ["us-gov-", "truststore.pki.us-gov-west-1.rds.amazonaws.com"],
];

/**
 * The address of AWS's file with the root certificates of a region.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
 * @see https://docs.amazonaws.cn/en_us/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
 */
export function certificatesAddress(region: string): string {
  const store = STORES.find(([start]) => region.startsWith(start))?.[1] ?? "truststore.pki.rds.amazonaws.com";
  return `https://${store}/${region}/${region}-bundle.pem`;
}

/** The region in the common name of a root certificate of RDS (`Amazon RDS eu-west-1 Root CA RSA2048 G1`). */
export const regionOfRoot = (commonName: string): string | undefined =>
  /^Amazon RDS ([a-z]{2,4}(?:-[a-z]+)+-\d{1,2}) Root CA \w+ G\d+$/.exec(commonName)?.[1];
