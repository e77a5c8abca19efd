import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { AwsCredentials } from "./credentials";

/** How long AWS may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** RDS answered with an error, or could not be asked. */
export class RdsError extends Error {
  /** RDS's own code; undefined if no answer came. */
  readonly rdsCode: string | undefined;

  constructor(message: string, rdsCode?: string, options?: ErrorOptions) {
    super(message, options);
    this.rdsCode = rdsCode;
  }
}

/**
 * RDS, by signed requests. Its whole client would be the larger part of the functions' code.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/Welcome.html
 */
export class RdsApi {
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

  /**
   * What RDS answers, as XML. Text from outside is escaped in it, so that it holds no tags but RDS's own.
   * @throws RdsError
   */
  async ask(
    entry: RegistryEntry,
    region: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<string> {
    const url = new URL(this.#endpoint ?? `https://rds.${region}.${domainOf(region)}`);
    const body = new URLSearchParams({ ...parameters, Version: "2014-10-31" }).toString();
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
    const noAnswer = (cause: unknown) => {
      throw new RdsError(`RDS in ${region} did not answer`, undefined, { cause });
    };
    const answer = await fetch(url, { method: "POST", headers: signed.headers, body, signal }).catch(
      noAnswer,
    );
    const xml = await answer.text().catch(noAnswer);
    if (answer.ok) return xml;
    const code = field(xml, "Code") ?? "";
    throw new RdsError(`RDS: ${answer.status} ${code}`, code);
  }
}

const domainOf = (region: string) => (region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com");

/** The text of the first element of that name. */
export const field = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];

/** What is in each element of that name, of which none holds another. */
export const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map(([, inner]) => inner!);
