import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { LocalAws } from "../../../local/aws/aws-endpoint";
import type { AwsRequest } from "../../../local/aws-http/aws-request";
import { ACCOUNT_ID, FUNCTION_CREDENTIALS } from "../../../local/aws-http/identity";
import { type IamRequest, iamRequests } from "./aws-calls";

/** A role as it was when a call was made. */
interface Role {
  readonly arn: string;
  readonly trust: string;
  /** Its inline policies, by name. */
  readonly policies: ReadonlyMap<string, string>;
}

/** One call of a function, by the name of the role that made it. */
export interface RoleCall extends IamRequest {
  readonly role: string;
}

interface Recorded extends RoleCall {
  readonly caller: Role | undefined;
  /** The key's policy, or the trust policy of the role that is assumed. */
  readonly resourcePolicy: string | undefined;
}

/**
 * What Terraform asked of IAM and KMS, and what the functions called, on the local cloud. Moto allows all of
 * it. A policy evaluator says what AWS would have done, with the documents as they were at the time of the
 * call.
 */
export class WatchedIam {
  readonly #roles = new Map<string, Role>();
  readonly #keyPolicies = new Map<string, string>();
  /** By access key. */
  readonly #sessions = new Map<string, string>();
  readonly #unjudged = new Set<string>();
  readonly calls: Recorded[] = [];

  constructor(aws: Pick<LocalAws, "observe">) {
    aws.observe((request, answer) => this.#see(request, answer));
  }

  /**
   * The calls that AWS would have denied, each once, as `role: action on resource {context}`. A permissions
   * boundary is not evaluated: the cloud has none.
   * @throws Error if no call was heard, or there was one that could not be judged
   */
  async denied(): Promise<string[]> {
    if (this.calls.length === 0) throw new Error("no call of a function was heard, so nothing was judged");
    if (this.#unjudged.size > 0)
      throw new Error(`calls that could not be judged:\n${[...this.#unjudged].join("\n")}`);
    const different = new Map(this.calls.map(call => [textOf(call) + JSON.stringify(rightsOf(call)), call]));
    const found = new Set<string>();
    for (const call of different.values()) if (!(await isAllowed(call))) found.add(textOf(call));
    return [...found].sort();
  }

  /** Whether AWS would allow the call, with the documents of now. */
  allows(role: string, request: IamRequest): Promise<boolean> {
    return isAllowed(this.#recorded(role, request));
  }

  #see(request: AwsRequest, answer: string | undefined): void {
    if (request.service === "iam") this.#learn(new URLSearchParams(String(request.body)), answer ?? "");
    if (request.service === "kms") this.#learnKey(request, answer ?? "");
    const role = this.#sessions.get(request.accessKeyId) ?? this.#functionOf(request);
    if (role === undefined) {
      if (isSession(request.accessKeyId))
        this.#unjudged.add(`the session ${request.accessKeyId} of no known role: ${request.operation}`);
      return;
    }
    for (const asked of iamRequests(request)) this.calls.push(this.#recorded(role, asked));
    if (request.operation !== "AssumeRole") return;
    const arn = new URLSearchParams(String(request.body)).get("RoleArn") ?? "";
    const key = /<AccessKeyId>([^<]+)</.exec(answer ?? "")?.[1];
    if (key) this.#sessions.set(key, arn.split("/").at(-1)!);
  }

  /** Requests for the directory of users name no function: enforcement alone makes them. */
  #functionOf(request: AwsRequest): string | undefined {
    const name = functionOf(request);
    if (name === undefined || request.service !== "identitystore") return name;
    return [...this.#roles.keys()].find(role => role.endsWith("-enforce")) ?? name;
  }

  #recorded(role: string, request: IamRequest): Recorded {
    const assumed = request.action === "sts:AssumeRole" && request.resource.split("/").at(-1)!;
    const trust = assumed ? this.#roles.get(assumed)?.trust : undefined;
    if (assumed && trust === undefined)
      this.#unjudged.add(`${role} assumes ${request.resource}, whose trust policy is not known`);
    const resourcePolicy = assumed ? trust : this.#keyPolicies.get(request.resource.split("/").at(-1)!);
    return { ...request, role, caller: this.#roles.get(role), resourcePolicy };
  }

  #learn(asked: URLSearchParams, answer: string): void {
    const name = asked.get("RoleName") ?? "";
    const role = this.#roles.get(name);
    const policies = new Map(role?.policies);
    switch (asked.get("Action")) {
      case "CreateRole": {
        const arn = /<Arn>([^<]+)</.exec(answer)?.[1] ?? "";
        this.#roles.set(name, { arn, trust: asked.get("AssumeRolePolicyDocument") ?? "", policies });
        break;
      }
      case "PutRolePolicy":
        policies.set(asked.get("PolicyName") ?? "", asked.get("PolicyDocument") ?? "");
        this.#roles.set(name, { ...role!, policies });
        break;
      case "DeleteRolePolicy":
        policies.delete(asked.get("PolicyName") ?? "");
        this.#roles.set(name, { ...role!, policies });
        break;
      case "UpdateAssumeRolePolicy":
        this.#roles.set(name, { ...role!, trust: asked.get("PolicyDocument") ?? "" });
        break;
      case "DeleteRole":
        this.#roles.delete(name);
    }
  }

  #learnKey({ body, operation }: AwsRequest, answer: string): void {
    const { KeyId, Policy } = body as { KeyId?: string; Policy?: string };
    if (Policy === undefined) return;
    const id = operation === "CreateKey" ? /"KeyId":\s*"([^"]+)"/.exec(answer)?.[1] : KeyId;
    this.#keyPolicies.set((id ?? "").split("/").at(-1)!, Policy);
  }
}

/**
 * The function that made a call as its own role, whose name is the function's. Powertools adds its own name.
 */
const functionOf = ({ accessKeyId, headers }: AwsRequest): string | undefined =>
  accessKeyId === FUNCTION_CREDENTIALS.accessKeyId
    ? (/ app\/(\S+?)(?:-PT-\S*)?(?: |$)/.exec(String(headers["user-agent"]))?.[1] ?? "a function")
    : undefined;

/** Whether a key is of a session, which AWS STS made. */
const isSession = (accessKeyId: string): boolean => accessKeyId.startsWith("ASIA");

const textOf = ({ action, context, resource, role }: RoleCall): string =>
  `${role}: ${action} on ${resource} ${JSON.stringify(context)}`;
const rightsOf = ({ caller, resourcePolicy }: Recorded) => [...(caller?.policies ?? []), resourcePolicy];

async function isAllowed({ action, caller, context, resource, resourcePolicy }: Recorded): Promise<boolean> {
  if (caller === undefined) return false;
  const { arn, policies } = caller;
  const name = arn.split("/").at(-1);
  const simulation = {
    request: {
      action,
      resource: { resource, accountId: ACCOUNT_ID },
      principal: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${name}/session`,
      contextVariables: { "aws:PrincipalArn": arn, ...context } as Record<string, string | string[]>,
    },
    identityPolicies: [...policies].map(([id, policy]) => ({ name: id, policy: JSON.parse(policy) })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy !== undefined && { resourcePolicy: JSON.parse(resourcePolicy) }),
  };
  const answer = await runSimulation(simulation, {});
  if (answer.resultType === "error")
    throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === "Allowed";
}
