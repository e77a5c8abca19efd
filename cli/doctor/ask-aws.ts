import { callerOf } from "../login/caller";
import { currentCredentials } from "../login/make-token";
import { type AwsQuery, type AwsReply, askByQuery, textOf, textsOf } from "../terminal/aws-query";
import type { Io } from "../terminal/command";
import { reasonOf } from "../terminal/errors";
import type { CallerFact, CredentialsFact, Facts, RdsCluster, Seen } from "./facts";

/** The credentials of this shell, without a call to AWS where they are in a file or the environment. */
export async function lookAtCredentials(now: Date): Promise<CredentialsFact> {
  try {
    const { expiration } = await currentCredentials(now);
    if (expiration !== undefined && expiration <= now) return { kind: "over", at: expiration };
    return { kind: "good", until: expiration };
  } catch (error) {
    return { kind: "missing", reason: reasonOf(error) };
  }
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

function callerFact(code: string, arn: string | undefined): CallerFact {
  if (code !== "")
    return code.startsWith("HTTP 5") ? { unseen: `AWS STS answered ${code}` } : { refused: code };
  if (arn === undefined) return { unseen: "AWS STS did not say who you are" };
  try {
    return { seen: callerOf(arn) };
  } catch {
    return { refused: `they are ${arn}, which is no person` };
  }
}

/** A cluster in RDS, by the name in its endpoint or else by its resource id. */
export async function lookAtCluster(
  { host, region, resourceIds }: Pick<Facts, "host" | "region" | "resourceIds">,
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
  return { seen: clusterIn(text) };
}

function clusterIn(xml: string): RdsCluster | undefined {
  const resourceId = textOf(xml, "DbClusterResourceId");
  if (resourceId === undefined) return undefined;
  const custom = /<CustomEndpoints>(.*?)<\/CustomEndpoints>/s.exec(xml)?.[1] ?? "";
  return {
    resourceId,
    takesIamLogins: textOf(xml, "IAMDatabaseAuthenticationEnabled") === "true",
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
