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

/**
 * The reader endpoint of a cluster of Aurora, which has the writer's name with `cluster-ro-`. Undefined for a
 * host of another form, as that of a custom endpoint is.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Endpoints.Reader.html
 */
export function readerOf(host: string): string | undefined {
  if (/^[^.]+\.cluster-ro-/.test(host)) return host;
  const reader = host.replace(/^([^.]+)\.cluster-(?!custom-)(?=[^.]+\.)/, "$1.cluster-ro-");
  return reader === host ? undefined : reader;
}
