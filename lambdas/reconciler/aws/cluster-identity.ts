import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { regionOfHost } from "../../../core/contract/endpoint-region";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { AwsCredentials } from "./credentials";

/** Which cluster answers at a registered host name. */
export interface ClusterIdentity {
  /**
   * The resource id of the cluster that has the host name now.
   * @returns undefined if the host name is no endpoint of an Aurora cluster, or no cluster has it
   * @throws Error when AWS does not answer, or does not allow the call
   */
  resourceIdAt(entry: RegistryEntry): Promise<string | undefined>;
}

/** How long AWS may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000;
const CLUSTER_HOST = /^([a-z][a-z0-9-]*)\.cluster-[a-z0-9]+\..*\.(amazonaws\.com(?:\.cn)?)$/i;

/**
 * Asks RDS, by one signed request. The whole client of RDS would be the larger part of the functions' code.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html
 */
export class RdsClusterIdentity implements ClusterIdentity {
  readonly #credentials: (entry: RegistryEntry) => Promise<AwsCredentials>;
  readonly #endpoint: string | undefined;

  /**
   * @param credentials those of the role that may describe the cluster
   * @param endpoint takes the place of AWS's own, as on the local cloud
   */
  constructor(credentials: (entry: RegistryEntry) => Promise<AwsCredentials>, endpoint?: string) {
    this.#credentials = credentials;
    this.#endpoint = endpoint;
  }

  async resourceIdAt(entry: RegistryEntry): Promise<string | undefined> {
    const [, identifier, domain] = CLUSTER_HOST.exec(entry.host) ?? [];
    const region = regionOfHost(entry.host);
    if (identifier === undefined || region === undefined) return undefined;
    const url = new URL(this.#endpoint ?? `https://rds.${region}.${domain}`);
    const body = new URLSearchParams({
      Action: "DescribeDBClusters",
      Version: "2014-10-31",
      DBClusterIdentifier: identifier,
    }).toString();
    const headers = { host: url.host, "content-type": "application/x-www-form-urlencoded" };
    const request = {
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      path: "/",
      headers,
      body,
    };
    const credentials = await this.#credentials(entry);
    const signer = new SignatureV4({ service: "rds", region, credentials, sha256: Sha256 });
    const signed = await signer.sign(request);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(url, { method: "POST", headers: signed.headers, body, signal });
    const xml = await answer.text();
    const field = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
    if (field("Code") === "DBClusterNotFoundFault") return undefined;
    if (!answer.ok) throw new Error(`RDS: ${answer.status} ${field("Code") ?? ""}`);
    const isAtHost = field("Endpoint")?.toLowerCase() === entry.host.toLowerCase();
    return isAtHost ? field("DbClusterResourceId") : undefined;
  }
}

/** SHA-256, and HMAC with it, in the form that the signer takes. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytes(secret));
  }

  update(data: Uint8Array | string): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
