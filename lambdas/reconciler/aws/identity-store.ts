import * as z from "zod";
import type { DirectorySettings } from "../../../core/contract/offboarding";
import { parseJson } from "../../../core/json";
import { DirectoryError } from "../runtime/errors";
import type { AwsCredentials } from "./credentials";
import { sendSigned } from "./signed-request";

/** The most that the service answers at once. */
const PAGE = 100;

const userSchema = z.object({ UserId: z.string(), UserName: z.string().optional() });
const pageSchema = z.object({ Users: z.array(userSchema), NextToken: z.string().nullish() });

/** The users of Identity Center. */
export interface IdentityStore {
  /** The name of a user; undefined if there is none of that id. @throws DirectoryError */
  nameOf(directory: DirectorySettings, userId: string): Promise<string | undefined>;
  /** The names of all users, by id. @throws DirectoryError */
  names(directory: DirectorySettings): Promise<ReadonlyMap<string, string>>;
}

/**
 * The Identity Store API, by signed requests: its client would be one more package for two calls.
 * @see https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/welcome.html
 */
export class SignedIdentityStore implements IdentityStore {
  readonly #credentials: (directory: DirectorySettings) => Promise<AwsCredentials>;
  readonly #endpoint: string | undefined;

  /**
   * @param credentials those of the role that may read the directory
   * @param endpoint takes the place of AWS's own, as on the local cloud
   */
  constructor(credentials: (directory: DirectorySettings) => Promise<AwsCredentials>, endpoint?: string) {
    this.#credentials = credentials;
    this.#endpoint = endpoint;
  }

  async nameOf(directory: DirectorySettings, UserId: string): Promise<string | undefined> {
    const answer = await this.#request(directory, "DescribeUser", { UserId }).catch((error: unknown) => {
      if (error instanceof DirectoryError && error.awsCode === "ResourceNotFoundException") return undefined;
      throw error;
    });
    return answer === undefined ? undefined : parsed(userSchema, answer).UserName;
  }

  async names(directory: DirectorySettings): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    let NextToken: string | null | undefined;
    do {
      const page = parsed(
        pageSchema,
        await this.#request(directory, "ListUsers", { MaxResults: PAGE, ...(NextToken && { NextToken }) }),
      );
      for (const { UserId, UserName } of page.Users) if (UserName !== undefined) names.set(UserId, UserName);
      ({ NextToken } = page);
    } while (NextToken);
    return names;
  }

  async #request(directory: DirectorySettings, operation: string, input: object): Promise<unknown> {
    const { identityStoreId: IdentityStoreId, region } = directory;
    const credentials = await this.#credentials(directory);
    const body = JSON.stringify({ IdentityStoreId, ...input });
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSIdentityStore.${operation}`,
    };
    const to = { service: "identitystore", region, endpoint: this.#endpoint };
    const answer = await sendSigned({ ...to, credentials, headers, body }).catch((cause: unknown) => {
      throw new DirectoryError(`Identity Center in ${region} did not answer`, undefined, { cause });
    });
    const json = parseJson(answer.text);
    const value = "value" in json ? json.value : undefined;
    if (answer.ok) return value;
    const code = String((value as { __type?: unknown } | undefined)?.__type ?? "").replace(/^.*#/, "");
    throw new DirectoryError(
      `Identity Center refused ${operation} (${answer.status} ${code}). The role of the enforcement function ` +
        `needs identitystore:${operation} on ${IdentityStoreId}.`,
      code,
    );
  }
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data } = schema.safeParse(value);
  if (data === undefined) throw new DirectoryError("Identity Center answered in a form that is not known");
  return data;
}
