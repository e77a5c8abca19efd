import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { AwsCredentials } from "./credentials";
import { sendSigned } from "./signed-request";

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
    const credentials = await this.#credentials(entry);
    const body = new URLSearchParams({ ...parameters, Version: "2014-10-31" }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const to = { service: "rds", region, endpoint: this.#endpoint };
    const answer = await sendSigned({ ...to, credentials, headers, body }).catch((cause: unknown) => {
      throw new RdsError(`RDS in ${region} did not answer`, undefined, { cause });
    });
    const xml = answer.text;
    if (answer.ok) return xml;
    const code = field(xml, "Code") ?? "";
    throw new RdsError(`RDS: ${answer.status} ${code}`, code);
  }
}

/** The text of the first element of that name. */
export const field = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];

/** What is in each element of that name, of which none holds another. */
export const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map(([, inner]) => inner!);
