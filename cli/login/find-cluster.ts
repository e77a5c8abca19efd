import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { readerOf, regionOfHost } from "../../core/contract/endpoint-region";
import { clusterNameSchema } from "../../core/contract/registry-entry";
import { PREFIX_PATTERN } from "../../core/roster/account-name";
import { nearestHint } from "../../core/users/nearest";
import { credentialsProblem } from "../terminal/aws-problem";
import type { Io } from "../terminal/command";
import { AwsProblemError, UsageError } from "../terminal/errors";
import { inTime } from "../terminal/in-time";
import { regionFor } from "./make-token";

/** Where a cluster is, as its registry entry says. */
export interface ClusterPlace {
  readonly cluster: string;
  /** The writer's endpoint. */
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly prefix: string;
  /** The resource ids that policies to log in name; none where nothing says them. */
  readonly resourceIds: readonly string[];
  /** The AWS account of the cluster, where the entry shows it. */
  readonly accountId: string | undefined;
  /** What says so: `--host`, a file's path, or the parameter's name. */
  readonly from: string;
}

const idSchema = z.string().regex(/^[A-Za-z0-9-]+$/);
const arnSchema = z.string().regex(/^arn:[^:]*:[^:]*:[^:]*:\d{12}:/);

/** What of a registry entry a login needs. A value that only Terraform knows (`${...}`) does not count. */
const placeSchema = z
  .object({
    host: z.string().regex(/^[A-Za-z0-9.-]+$/),
    port: z.coerce.number().int().min(1).max(65535),
    region: z.string().regex(/^[a-z0-9-]+$/),
    prefix: z.string().regex(PREFIX_PATTERN),
    resourceId: idSchema.optional().catch(undefined),
    nextResourceIds: z.array(idSchema).catch([]),
    assumeRoleArn: arnSchema.optional().catch(undefined),
    credentials: z.object({ secretArn: arnSchema.optional().catch(undefined) }).catch({}),
  })
  .transform(({ assumeRoleArn, credentials, nextResourceIds, resourceId, ...place }) => ({
    ...place,
    resourceIds: resourceId === undefined ? [] : [resourceId, ...nextResourceIds],
    // The role is in the cluster's account, and so is the secret that is read without one.
    accountId: (assumeRoleArn ?? credentials.secretArn)?.split(":")[4],
  }));

export interface Given {
  readonly host: string | undefined;
  /** Only with a host. */
  readonly port: number | undefined;
  readonly region: string | undefined;
  /** The prefix of accounts at that host. */
  readonly prefix: string;
}

/**
 * The same, where the region is that of the endpoint: a token for another one never works.
 * @throws UsageError, AwsProblemError
 */
export async function findCluster(cluster: string, given: Given, io: Io): Promise<ClusterPlace> {
  const place = await locateCluster(cluster, given, io);
  const own = regionOfHost(place.host);
  if (own === undefined || own === place.region) return place;
  throw new AwsProblemError(
    `${place.from} says that ${cluster} is in ${place.region}, but its endpoint ${place.host} is in ${own}. ` +
      `Set the region right there, or give --host ${place.host}.`,
  );
}

/**
 * Where a cluster is: from `--host`, or else from Terraform's local state, the last synthesis, or the
 * cluster's parameter in Parameter Store. The person may lack the right to read the last one.
 * @throws UsageError if nothing says it, or the files of this folder name several endpoints
 */
export async function locateCluster(cluster: string, given: Given, io: Io): Promise<ClusterPlace> {
  if (!clusterNameSchema.safeParse(cluster).success)
    throw new UsageError(`"${cluster}" is no name of a cluster`);
  if (given.host !== undefined) {
    const region = await regionFor(given.host, given.region, io);
    return {
      cluster,
      host: given.host,
      port: given.port ?? 3306,
      region,
      prefix: given.prefix,
      resourceIds: [],
      accountId: undefined,
      from: "--host",
    };
  }
  if (given.port !== undefined) throw new UsageError("`--port` is for `--host`, and that is missing");
  const found = onlyPlace(cluster, given.region);
  if (found) return found;
  const local = localEntries();
  const names = [...new Set(local.map(({ name }) => name))];
  if (names.length > 0 && !names.includes(cluster))
    throw new UsageError(
      `there is no cluster "${cluster}" in ${local[0]!.from}; ${nearestHint(cluster, names, "")}`,
    );
  return fromParameter(cluster, given.region, io);
}

/** The place that this folder's files name for the region. @throws UsageError if they name several */
function onlyPlace(cluster: string, region: string | undefined): ClusterPlace | undefined {
  const places = placesOf(cluster).filter(place => region === undefined || place.region === region);
  const [first, ...others] = places;
  if (others.every(({ host, port }) => host === first!.host && port === first!.port)) return first;
  const list = places.map(({ from, host, port }) => `${host}:${port} (${from})`).join(", ");
  throw new UsageError(`${cluster} is at several endpoints: ${list}. Choose by \`--region\` or \`--host\``);
}

/** What this folder's files say of a cluster. A state counts before the last synthesis of its stack. */
export function placesOf(cluster: string): ClusterPlace[] {
  const found = localEntries().flatMap(({ entry, name, ...file }) => {
    const place = placeSchema.safeParse(entry);
    return place.success && name === cluster
      ? [{ ...file, place: { cluster, ...place.data, from: file.from } }]
      : [];
  });
  const deployed = found.filter(({ isState }) => isState).map(({ stack }) => stack);
  return found.filter(({ isState, stack }) => isState || !deployed.includes(stack)).map(({ place }) => place);
}

const localEntries = (): Entry[] => [...stateEntries(), ...synthesizedEntries()];

interface Entry {
  readonly name: string;
  readonly entry: unknown;
  readonly from: string;
  readonly stack: string;
  /** Whether it is of a state, and not of a synthesis. */
  readonly isState: boolean;
}

const REGISTRY = /^(.+)-registry$/;
/** Of files that may be of another form: what they hold then does not count. */
const stateSchema = z.object({ resources: z.array(z.unknown()) });
const parameterSchema = z.object({
  type: z.literal("aws_ssm_parameter"),
  name: z.string(),
  instances: z.array(z.object({ attributes: z.object({ insecure_value: z.string() }) })),
});
const stackSchema = z.object({ locals: z.record(z.string(), z.unknown()) });
const settingsSchema = z.object({ output: z.string() });

/** The registry entries in the states of local stacks: `terraform.<stack>.tfstate`. */
function stateEntries(): Entry[] {
  return readdirSync(".").flatMap(from => {
    const [, stack] = /^terraform\.(.*?)\.?tfstate$/.exec(from) ?? [];
    if (stack === undefined) return [];
    const resources = stateSchema.safeParse(json(from)).data?.resources ?? [];
    return resources.flatMap(resource => {
      const { instances = [], name = "" } = parameterSchema.safeParse(resource).data ?? {};
      const [, cluster] = REGISTRY.exec(name) ?? [];
      const text = instances[0]?.attributes.insecure_value;
      if (cluster === undefined || text === undefined) return [];
      return [{ name: cluster, entry: parsed(text), from, stack, isState: true }];
    });
  });
}

/** The registry entries in the stacks that were synthesized last. */
function synthesizedEntries(): Entry[] {
  const output = settingsSchema.safeParse(json("cdktf.json")).data?.output ?? "cdktf.out";
  const stacks = join(output, "stacks");
  if (!existsSync(stacks)) return [];
  return readdirSync(stacks).flatMap(stack => {
    const from = join(stacks, stack, "cdk.tf.json");
    const locals = stackSchema.safeParse(json(from)).data?.locals ?? {};
    return Object.entries(locals).flatMap(([local, entry]) => {
      const [, name] = REGISTRY.exec(local) ?? [];
      return name === undefined ? [] : [{ name, entry, from, stack, isState: false }];
    });
  });
}

/** How long Parameter Store may take, in ms, with what finds the credentials for it. */
const PARAMETER_TIMEOUT = 20_000;

async function fromParameter(cluster: string, given: string | undefined, io: Io): Promise<ClusterPlace> {
  const parameter = `/aurora-users/${cluster}`;
  const region = await regionFor("", given, io);
  const { GetParameterCommand, SSMClient } = await import("@aws-sdk/client-ssm");
  const client = new SSMClient({ region });
  const asked = client.send(new GetParameterCommand({ Name: parameter }), {
    abortSignal: AbortSignal.timeout(PARAMETER_TIMEOUT),
  });
  const found = await inTime(asked, PARAMETER_TIMEOUT).catch((cause: unknown) => {
    const problem = credentialsProblem({ what: `The parameter ${parameter} could not be read` }, cause);
    if (problem instanceof AwsProblemError) throw problem;
    const why = cause instanceof Error ? cause.name : "";
    throw new AwsProblemError(
      `Nothing says where ${cluster} is: no state or synthesis in this folder says it, and the parameter ` +
        `${parameter} in ${region} cannot be read (${why}). Give its endpoint by --host.`,
      { cause },
    );
  });
  const place = placeSchema.safeParse(parsed(found.Parameter?.Value ?? ""));
  if (!place.success)
    throw new AwsProblemError(`The parameter ${parameter} does not say where ${cluster} is. Give --host.`);
  return { cluster, ...place.data, from: parameter };
}

function json(file: string): unknown {
  return existsSync(file) ? parsed(readFileSync(file, "utf8")) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The reader endpoint. @throws UsageError for a host of another form */
export function readerHost(host: string): string {
  const reader = readerOf(host);
  if (reader !== undefined) return reader;
  throw new UsageError(
    `the reader endpoint of ${host} is not known: give it by \`--host\`, without \`--reader\``,
  );
}
