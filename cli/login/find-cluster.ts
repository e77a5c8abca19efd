import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { clusterNameSchema } from "../../core/contract/registry-entry";
import { DEFAULT_PREFIX, PREFIX_PATTERN } from "../../core/roster/account-name";
import { nearestHint } from "../../core/users/nearest";
import type { Io } from "../terminal/command";
import { AwsProblemError, UsageError } from "../terminal/errors";
import { regionFor } from "./make-token";

/** Where a cluster is, as its registry entry says. */
export interface ClusterPlace {
  readonly cluster: string;
  /** The writer's endpoint. */
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly prefix: string;
  /** What says so: `--host`, a file's path, or the parameter's name. */
  readonly from: string;
}

/** What of a registry entry a login needs. A value that only Terraform knows (`${...}`) does not count. */
const placeSchema = z.object({
  host: z.string().regex(/^[A-Za-z0-9.-]+$/),
  port: z.coerce.number().int().min(1).max(65535),
  region: z.string().regex(/^[a-z0-9-]+$/),
  prefix: z.string().regex(PREFIX_PATTERN),
});

export interface Given {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly region: string | undefined;
}

/**
 * Where a cluster is: from `--host`, or else from Terraform's local state, the last synthesis, or the
 * cluster's parameter in Parameter Store. The person may lack the right to read the last one.
 * @throws UsageError if nothing says it
 */
export async function findCluster(cluster: string, given: Given, io: Io): Promise<ClusterPlace> {
  if (!clusterNameSchema.safeParse(cluster).success)
    throw new UsageError(`"${cluster}" is no name of a cluster`);
  if (given.host !== undefined) {
    const region = await regionFor(given.host, given.region, io);
    return {
      cluster,
      host: given.host,
      port: given.port ?? 3306,
      region,
      prefix: DEFAULT_PREFIX,
      from: "--host",
    };
  }
  const found = localPlaces().find(place => place.cluster === cluster);
  if (found) return found;
  const local = localEntries();
  const names = [...new Set(local.map(({ name }) => name))];
  if (names.length > 0 && !names.includes(cluster))
    throw new UsageError(
      `there is no cluster "${cluster}" in ${local[0]!.from}; ${nearestHint(cluster, names, "")}`,
    );
  return fromParameter(cluster, given.region, io);
}

/** What the files in this folder say of clusters: first the states, then the last synthesis. */
export const localPlaces = (): ClusterPlace[] =>
  localEntries().flatMap(({ entry, from, name }) => {
    const place = placeSchema.safeParse(entry);
    return place.success ? [{ cluster: name, ...place.data, from }] : [];
  });

const localEntries = (): Entry[] => [...stateEntries(), ...synthesizedEntries()];

interface Entry {
  readonly name: string;
  readonly entry: unknown;
  readonly from: string;
}

const REGISTRY = /^(.+)-registry$/;

/** The registry entries in the states of local stacks: `terraform.<stack>.tfstate`. */
function stateEntries(): Entry[] {
  const files = readdirSync(".").filter(name => /^terraform\..*\.?tfstate$/.test(name));
  return files.flatMap(file => {
    const { resources = [] } = (json(file) ?? {}) as { resources?: StateResource[] };
    return resources.flatMap(({ type, name = "", instances = [] }) => {
      const [, cluster] = REGISTRY.exec(name) ?? [];
      const { insecure_value: text } = instances[0]?.attributes ?? {};
      if (type !== "aws_ssm_parameter" || cluster === undefined || typeof text !== "string") return [];
      return [{ name: cluster, entry: parsed(text), from: file }];
    });
  });
}

interface StateResource {
  readonly type?: string;
  readonly name?: string;
  readonly instances?: readonly { readonly attributes?: { readonly insecure_value?: unknown } }[];
}

/** The registry entries in the stacks that were synthesized last. */
function synthesizedEntries(): Entry[] {
  const { output = "cdktf.out" } = (json("cdktf.json") ?? {}) as { output?: string };
  const stacks = join(output, "stacks");
  if (!existsSync(stacks)) return [];
  return readdirSync(stacks).flatMap(stack => {
    const file = join(stacks, stack, "cdk.tf.json");
    const { locals = {} } = (json(file) ?? {}) as { locals?: Record<string, unknown> };
    return Object.entries(locals).flatMap(([local, entry]) => {
      const [, name] = REGISTRY.exec(local) ?? [];
      return name === undefined ? [] : [{ name, entry, from: file }];
    });
  });
}

async function fromParameter(cluster: string, given: string | undefined, io: Io): Promise<ClusterPlace> {
  const parameter = `/aurora-users/${cluster}`;
  const region = await regionFor("", given, io);
  const { GetParameterCommand, SSMClient } = await import("@aws-sdk/client-ssm");
  const client = new SSMClient({ region });
  const found = await client.send(new GetParameterCommand({ Name: parameter })).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.name : "";
    throw new AwsProblemError(
      `Nothing says where ${cluster} is: there is no state or synthesis of it in this folder, and the parameter ` +
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

/**
 * The reader endpoint of a cluster of Aurora, which has the writer's name with `cluster-ro-`. Undefined for a
 * host of another form.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Endpoints.Reader.html
 */
export function readerOf(host: string): string | undefined {
  if (/^[^.]+\.cluster-ro-/.test(host)) return host;
  const reader = host.replace(/^([^.]+)\.cluster-(?=[^.]+\.)/, "$1.cluster-ro-");
  return reader === host ? undefined : reader;
}

/** The same. @throws UsageError for a host of another form */
export function readerHost(host: string): string {
  const reader = readerOf(host);
  if (reader !== undefined) return reader;
  throw new UsageError(
    `the reader endpoint of ${host} is not known: give it by \`--host\`, without \`--reader\``,
  );
}
