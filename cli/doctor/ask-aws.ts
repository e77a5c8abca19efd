import { callerOf } from "../login/caller";
import { currentCredentials } from "../login/make-token";
import { type AwsQuery, type AwsReply, askByQuery, textOf, textsOf } from "../terminal/aws-query";
import type { AwsKeys, Io } from "../terminal/command";
import { reasonOf } from "../terminal/errors";
import { inTime } from "../terminal/in-time";
import type { CallerFact, CredentialsFact, Facts, RdsCluster, Seen } from "./facts";

/** How long the providers of credentials may take, in ms: a program of the profile may wait for a person. */
const CREDENTIALS_TIMEOUT = 15_000;

/** The credentials of this shell, without a call to AWS where they are in a file or the environment. */
export async function lookAtCredentials(
  now: Date,
): Promise<{ readonly fact: CredentialsFact; readonly found?: AwsKeys }> {
  try {
    const found = await inTime(currentCredentials(now), CREDENTIALS_TIMEOUT);
    const { expiration } = found;
    if (expiration !== undefined && expiration <= now) return { fact: { kind: "over", at: expiration } };
    return { fact: { kind: "good", until: expiration }, found };
  } catch (error) {
    // The sentence for people hides what the SDK says.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { fact: { kind: "missing", reason: reasonOf(cause), isNetwork: isNetworkError(cause) } };
  }
}

const NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError)\b/;

/** Whether an error, or one that it comes from, is of the network. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  return NETWORK.test(`${code} ${error.name} ${error.message}`) || isNetworkError(error.cause);
}

/** Who the credentials are, and how far the clock of this machine is from that of AWS. */
export async function lookAtCaller(region: string, io: Io): Promise<Pick<Facts, "caller" | "clockAhead">> {
  const reply = await ask({ service: "sts", region, action: "GetCallerIdentity" }, io);
  if ("unseen" in reply) return { caller: reply, clockAhead: reply };
  const { code, date, text } = reply.seen;
  const clockAhead: Seen<number> =
    date === undefined
      ? { unseen: "AWS did not say its time" }
      : { seen: io.now().getTime() - date.getTime() };
  return { caller: callerFact(code, textOf(text, "Arn")), clockAhead };
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const OF_CREDENTIALS = new Set([
  "AuthFailure",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "InvalidToken",
  "MissingAuthenticationToken",
  "RequestExpired",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

function callerFact(code: string, arn: string | undefined): CallerFact {
  if (OF_CREDENTIALS.has(code)) return { refused: code };
  if (code !== "") return { unseen: `AWS STS answered ${code}` };
  if (arn === undefined) return { unseen: "AWS STS did not say who you are" };
  try {
    return { seen: callerOf(arn) };
  } catch {
    // The root user, for example.
    return { seen: { arn, accountId: arn.split(":")[4] ?? "", name: undefined } };
  }
}

/** A cluster in RDS, by the name in its endpoint or else by its resource id. */
export async function lookAtCluster(
  { alias, host, region, resourceIds }: Pick<Facts, "alias" | "host" | "region" | "resourceIds">,
  io: Io,
): Promise<Facts["rds"]> {
  const [, identifier] = /^([^.]+)\.cluster-(?!custom-)(?:ro-)?[^.]+\./.exec(host) ?? [];
  if (identifier === undefined && resourceIds.length === 0)
    return { unseen: `${host} does not name a cluster, and its resource id is not known` };
  const parameters: Readonly<Record<string, string>> =
    identifier === undefined
      ? {
          "Filters.Filter.1.Name": "db-cluster-resource-id",
          ...Object.fromEntries(resourceIds.map((id, at) => [`Filters.Filter.1.Values.Value.${at + 1}`, id])),
        }
      : { DBClusterIdentifier: identifier };
  const reply = await ask({ service: "rds", region, action: "DescribeDBClusters", parameters }, io);
  if ("unseen" in reply) return reply;
  const { code, text } = reply.seen;
  if (/^DBClusterNotFound/.test(code)) return { seen: undefined };
  if (code !== "") return { unseen: `RDS answered ${code}: rds:DescribeDBClusters may be missing` };
  const names = [host, "seen" in alias ? (alias.seen ?? "") : ""].map(plainName);
  const clusters = clustersIn(text);
  // The filter by resource ids also finds the cluster that is to take over.
  const found = clusters.find(({ endpoints }) => endpoints.some(name => names.includes(plainName(name))));
  if (found) return { seen: found };
  if (clusters.length === 1) return { seen: clusters[0] };
  return { unseen: `RDS shows no cluster of ${host} (${resourceIds.join(", ") || identifier})` };
}

/** A host name as DNS compares it. */
const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, "");

const clustersIn = (xml: string): RdsCluster[] =>
  (xml.match(/<DBCluster>.*?<\/DBCluster>/gs) ?? [xml]).flatMap(one => clusterIn(one) ?? []);

function clusterIn(xml: string): RdsCluster | undefined {
  const resourceId = textOf(xml, "DbClusterResourceId");
  if (resourceId === undefined) return undefined;
  const custom = /<CustomEndpoints>(.*?)<\/CustomEndpoints>/s.exec(xml)?.[1] ?? "";
  return {
    resourceId,
    takesIamLogins: textOf(xml, "IAMDatabaseAuthenticationEnabled") === "true",
    status: textOf(xml, "Status"),
    mayPause: Number(textOf(xml, "MinCapacity") ?? 1) === 0,
    endpoints: [...textsOf(xml, "Endpoint"), ...textsOf(xml, "ReaderEndpoint"), ...textsOf(custom, "member")],
    port: Number(textOf(xml, "Port") ?? 3306),
  };
}

/** A reply of AWS, errors of its own included; unseen: there was no way to it. */
export async function ask(query: AwsQuery, io: Io): Promise<Seen<AwsReply>> {
  try {
    return { seen: await askByQuery(query, io) };
  } catch (error) {
    return { unseen: `${query.service.toUpperCase()} could not be asked (${reasonOf(error)})` };
  }
}
