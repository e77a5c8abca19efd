const REGION = "[a-z]{2,4}(?:-[a-z]+)+-\\d{1,2}";
const RDS_HOST = new RegExp(
  `\\.(?:(${REGION})\\.rds|rds\\.(${REGION}))\\.amazonaws\\.com(?:\\.cn)?\\.?$`,
  "i",
);

/**
 * The region in the host name of an endpoint of RDS; undefined for any other host name. Two orders exist:
 * `<name>.<id>.eu-west-1.rds.amazonaws.com`, and `<name>.<id>.rds.cn-north-1.amazonaws.com.cn`.
 */
export function regionOfHost(host: string): string | undefined {
  const [, before, after] = RDS_HOST.exec(host) ?? [];
  return (before ?? after)?.toLowerCase();
}
