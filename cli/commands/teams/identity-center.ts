import * as z from "zod";
import { parseJson } from "../../../core/json";
import { askAws } from "../../terminal/aws-problem";
import type { Io } from "../../terminal/command";
import { AwsProblemError } from "../../terminal/errors";
import { signedHeaders } from "../../terminal/invoke-function";

/** A user of Identity Center. */
export interface DirectoryUser {
  readonly userName: string;
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
  /** Whether they may log in; a directory that says nothing of it counts as yes. */
  readonly isEnabled: boolean;
}

/** The most that the service answers at once. */
const PAGE = 100;
/** How long an answer may take, in ms. */
const TIMEOUT = 10_000;
/** How often a request is sent that is throttled, or that the service fails to answer. */
const ATTEMPTS = 5;

const instancesSchema = z.object({ Instances: z.array(z.object({ IdentityStoreId: z.string() })) });
const groupSchema = z.object({ GroupId: z.string() });
const membershipsSchema = z.object({
  GroupMemberships: z.array(z.object({ MemberId: z.object({ UserId: z.string() }) })),
  NextToken: z.string().nullish(),
});
const userSchema = z.object({
  UserName: z.string(),
  DisplayName: z.string().nullish(),
  Emails: z.array(z.object({ Value: z.string().nullish() })).nullish(),
  UserStatus: z.string().nullish(),
});

/**
 * Groups of IAM Identity Center and their users, by signed requests: each client of the SDK would be one more
 * package.
 * @see https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/welcome.html
 */
export class IdentityCenter {
  readonly #region: string;
  readonly #io: Io;
  readonly #users = new Map<string, DirectoryUser | undefined>();
  #store: string | undefined;

  /** @param store the identity store (`d-1234567890`). Default: that of the account's only instance */
  constructor(region: string, store: string | undefined, io: Io) {
    this.#region = region;
    this.#store = store;
    this.#io = io;
  }

  /**
   * The users of a group, in the order in which the service lists them.
   * @throws AwsProblemError if there is no such group, or AWS says what is wrong
   * @throws CallFailedError if a call fails
   */
  async usersOf(group: string): Promise<DirectoryUser[]> {
    const attribute = { AttributePath: "DisplayName", AttributeValue: group };
    const ofGroup = async (operation: string, input: object) => {
      const answer = await this.#ask(operation, input);
      if (answer !== undefined) return answer;
      throw new AwsProblemError(
        `Identity Center in ${this.#region} has no group "${group}": write its display name, or name another directory with \`--identity-store\` and \`--region\``,
      );
    };
    const named = { AlternateIdentifier: { UniqueAttribute: attribute } };
    const { GroupId } = parsed(groupSchema, await ofGroup("GetGroupId", named));
    const users: DirectoryUser[] = [];
    const seen = new Set<string>();
    let NextToken: string | null | undefined;
    do {
      const more = { GroupId, MaxResults: PAGE, ...(NextToken && { NextToken }) };
      const page = parsed(membershipsSchema, await ofGroup("ListGroupMemberships", more));
      for (const { MemberId } of page.GroupMemberships) {
        const user = await this.#userOf(MemberId.UserId);
        if (user) users.push(user);
      }
      ({ NextToken } = page);
      if (NextToken && seen.size === seen.add(NextToken).size)
        throw new AwsProblemError(
          `Identity Center in ${this.#region} does not end its list of the group "${group}": it names one page twice`,
        );
    } while (NextToken);
    return users;
  }

  /** The user of an id; undefined if they were deleted since the group was read. */
  async #userOf(UserId: string): Promise<DirectoryUser | undefined> {
    if (this.#users.has(UserId)) return this.#users.get(UserId);
    const answer = await this.#ask("DescribeUser", { UserId });
    const user = answer === undefined ? undefined : parsed(userSchema, answer);
    const known = user && {
      userName: user.UserName,
      displayName: user.DisplayName ?? undefined,
      email: user.Emails?.[0]?.Value ?? undefined,
      isEnabled: user.UserStatus !== "DISABLED",
    };
    this.#users.set(UserId, known);
    return known;
  }

  /** The answer of the identity store; undefined if there is no such thing. */
  async #ask(operation: string, input: object): Promise<unknown> {
    this.#store ??= await this.#onlyStore();
    const body = { IdentityStoreId: this.#store, ...input };
    const place = { service: "identitystore", prefix: "AWSIdentityStore", host: "identitystore" };
    return this.#send(place, operation, body);
  }

  async #onlyStore(): Promise<string> {
    const place = { service: "sso", prefix: "SWBExternalService", host: "sso" };
    const { Instances } = parsed(instancesSchema, await this.#send(place, "ListInstances", {}));
    const [only] = Instances;
    if (only && Instances.length === 1) return only.IdentityStoreId;
    const what = only ? "more than one instance" : "no instance";
    throw new AwsProblemError(
      `This account has ${what} of Identity Center in ${this.#region}: name the directory with \`--identity-store\`, and its region with \`--region\``,
    );
  }

  #send(place: Place, operation: string, input: object): Promise<unknown> {
    const call = {
      what: `Identity Center in ${this.#region} (${operation})`,
      permission: `${place.service}:${operation}`,
    };
    return askAws(call, async () => {
      for (let attempt = 1; ; attempt++) {
        const answer = await post({ place, operation, input, region: this.#region }, this.#io);
        if (answer.ok) return answer.value;
        if (isGone(answer)) return undefined;
        const isPassing = answer.status >= 500 || answer.code === "ThrottlingException";
        if (!isPassing || attempt === ATTEMPTS) throw refusal(answer);
        await new Promise(resolve => setTimeout(resolve, 100 * 2 ** attempt));
      }
    });
  }
}

/** A service, as signatures, operations and host names call it. */
interface Place {
  readonly service: string;
  readonly prefix: string;
  readonly host: string;
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly value: unknown;
  readonly code: string;
}

interface Call {
  readonly place: Place;
  readonly operation: string;
  readonly input: object;
  readonly region: string;
}

async function post({ input, operation, place, region }: Call, io: Io): Promise<Answer> {
  const { host, prefix, service } = place;
  const suffix = region.startsWith("cn-") ? ".cn" : "";
  const given = io.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? io.env["AWS_ENDPOINT_URL"];
  const url = new URL(given ?? `https://${host}.${region}.amazonaws.com${suffix}/`);
  const body = JSON.stringify(input);
  const type = "application/x-amz-json-1.1";
  const signed = await signedHeaders({ url, body, region, service, type }, io);
  const headers = { ...signed, "x-amz-target": `${prefix}.${operation}` };
  const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT) });
  const json = parseJson(await response.text());
  const value = "value" in json ? json.value : undefined;
  const code = String((value as { __type?: unknown } | undefined)?.__type ?? "").replace(/^.*#/, "");
  return { ok: response.ok, status: response.status, value, code };
}

/** Whether the user or group is gone: not the directory, nor a key that the service cannot use. */
function isGone({ code, value }: Answer): boolean {
  const { Reason, ResourceType } = (value ?? {}) as { Reason?: unknown; ResourceType?: unknown };
  return code === "ResourceNotFoundException" && !Reason && ResourceType !== "IDENTITY_STORE";
}

/** An error of the name that the service gives it. */
function refusal({ code, status, value }: Answer): Error {
  const { Message, message = Message, Reason } = (value ?? {}) as Record<string, unknown>;
  const error = new Error(String(message ?? "no reason given"));
  error.name = Reason ? `${code} (${Reason})` : code || `HTTP ${status}`;
  return error;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data } = schema.safeParse(value);
  if (data === undefined) throw new AwsProblemError("Identity Center answered in a form that is not known");
  return data;
}
