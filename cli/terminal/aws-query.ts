import type { Io } from "./command";
import { signedHeaders } from "./invoke-function";

/** A call of a service of AWS whose requests are forms and whose answers are XML: STS, RDS, IAM. */
export interface AwsQuery {
  readonly service: "iam" | "rds" | "sts";
  readonly region: string;
  readonly action: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What a service answered. */
export interface AwsReply {
  readonly isOk: boolean;
  /** The code of its error: `AccessDenied`; `HTTP 500` where it says none. Empty if it is none. */
  readonly code: string;
  /** XML. */
  readonly text: string;
  /** The service's own time, from the header `Date`. */
  readonly date: Date | undefined;
}

const VERSIONS = { iam: "2010-05-08", rds: "2014-10-31", sts: "2011-06-15" } as const;
/** How long an answer may take, in ms. */
const TIMEOUT = 6_000;

/**
 * Asks a service by one signed request: each client of the SDK would be one more package.
 * @throws what finding credentials or the connection failed with
 */
export async function askByQuery(
  { action, parameters, region, service }: AwsQuery,
  io: Io,
): Promise<AwsReply> {
  const { signingRegion, url } = placeOf(service, region, io);
  const body = new URLSearchParams({ Action: action, Version: VERSIONS[service], ...parameters }).toString();
  const type = "application/x-www-form-urlencoded";
  const headers = await signedHeaders({ url, body, region: signingRegion, service, type }, io);
  const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT) });
  const text = await response.text();
  const date = new Date(response.headers.get("date") ?? "");
  return {
    isOk: response.ok,
    code: response.ok ? "" : (textOf(text, "Code") ?? `HTTP ${response.status}`),
    text,
    date: Number.isNaN(date.getTime()) ? undefined : date,
  };
}

/**
 * IAM has one endpoint in each partition.
 * @see https://docs.aws.amazon.com/general/latest/gr/iam-service.html
 */
function placeOf(service: AwsQuery["service"], region: string, { env }: Io) {
  const isChina = region.startsWith("cn-");
  const isGovernment = region.startsWith("us-gov-");
  const global = isChina ? "cn-north-1" : isGovernment ? "us-gov-west-1" : "us-east-1";
  const signingRegion = service === "iam" ? global : region;
  const iam = isChina ? "iam.cn-north-1" : isGovernment ? "iam.us-gov" : "iam";
  const host = `${service === "iam" ? iam : `${service}.${region}`}.amazonaws.com${isChina ? ".cn" : ""}`;
  const given = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? env["AWS_ENDPOINT_URL"];
  return { signingRegion, url: new URL(given ?? `https://${host}/`) };
}

/** The text of the first element of a name; undefined if there is none. */
export const textOf = (xml: string, name: string): string | undefined => textsOf(xml, name)[0];

/** The texts of all elements of a name that hold no elements themselves. */
export const textsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text]) => unescaped(text!));

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]!);
