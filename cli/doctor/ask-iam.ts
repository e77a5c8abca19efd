import { type AwsReply, textOf, textsOf } from "../terminal/aws-query";
import type { Io } from "../terminal/command";
import { ask } from "./ask-aws";
import type { CallerIs, Facts, Seen } from "./facts";
import { TAG, tagFor } from "./permission-checks";
import type { PolicyDocument } from "./policy-decision";

/** IAM did not show something: the rest is then not looked at. */
class NotShownError extends Error {}

/** A question to IAM. @throws NotShownError */
type Iam = (action: string, parameters: Readonly<Record<string, string>>) => Promise<AwsReply>;

/** The role of a session, or the user, as IAM's actions name them: `GetRole`, `RoleName`. */
interface Holder {
  readonly kind: "Role" | "User";
  readonly name: string;
}

/** Whose login it is. */
export type Question = Pick<Facts, "account" | "clusterAccount" | "prefix" | "region" | "resourceIds"> & {
  readonly caller: CallerIs;
  readonly rds: Facts["rds"];
};

/** The tags of the role or user, and what IAM says of the login. A person may lack the right to read each. */
export async function lookAtIam(question: Question, io: Io): Promise<Pick<Facts, "policies" | "tags">> {
  const { caller, region } = question;
  const [, , , , , ...rest] = caller.arn.split(":");
  const [kind, ...path] = rest.join(":").split("/");
  const holder: Holder | undefined =
    kind === "assumed-role"
      ? { kind: "Role", name: path[0]! }
      : kind === "user"
        ? { kind: "User", name: path.at(-1)! }
        : undefined;
  if (!holder) {
    const unseen = { unseen: `${caller.arn} is no role and no user` };
    return { tags: unseen, policies: { simulated: unseen, documents: unseen } };
  }
  const iam: Iam = async (action, parameters) => {
    const reply = await ask({ service: "iam", region, action, parameters }, io);
    if ("unseen" in reply) throw new NotShownError(reply.unseen);
    if (reply.seen.code !== "") throw new NotShownError(`IAM answered ${reply.seen.code} to iam:${action}`);
    return reply.seen;
  };
  const named = { [`${holder.kind}Name`]: holder.name };
  const whole = await seen(async () => (await iam(`Get${holder.kind}`, named)).text);
  const [tags, simulated, documents] = await Promise.all([
    seen(async () => {
      if ("unseen" in whole) throw new NotShownError(whole.unseen);
      return tagsIn(holder.kind === "Role" ? whole.seen : (await iam("ListUserTags", named)).text);
    }),
    seen(() => simulate(iam, "seen" in whole ? textOf(whole.seen, "Arn") : undefined, question)),
    seen(() => documentsOf(iam, holder)),
  ]);
  return { tags, policies: { simulated, documents } };
}

async function seen<T>(work: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { seen: await work() };
  } catch (error) {
    if (error instanceof NotShownError) return { unseen: error.message };
    throw error;
  }
}

function tagsIn(xml: string): Readonly<Record<string, string>> {
  const keys = textsOf(xml, "Key");
  const values = textsOf(xml, "Value");
  return Object.fromEntries(keys.map((key, at) => [key, values[at] ?? ""]));
}

/**
 * IAM's own decision, permissions boundary included, with the tag as it should be. An unknown condition
 * counts as not shown.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 */
async function simulate(iam: Iam, arn: string | undefined, question: Question): Promise<string> {
  const { account, caller, clusterAccount, prefix, rds, region, resourceIds } = question;
  const id = "seen" in rds ? rds.seen?.resourceId : resourceIds[0];
  if (arn === undefined) throw new NotShownError("the ARN of the role or user is not known");
  if (id === undefined || account === undefined) throw new NotShownError("the resource id is not known");
  const partition = arn.split(":")[1]!;
  const resource = `arn:${partition}:rds-db:${region}:${clusterAccount ?? caller.accountId}:dbuser:${id}/${account}`;
  const entry = "ContextEntries.member.1";
  const { text } = await iam("SimulatePrincipalPolicy", {
    PolicySourceArn: arn,
    "ActionNames.member.1": "rds-db:connect",
    "ResourceArns.member.1": resource,
    [`${entry}.ContextKeyName`]: `aws:PrincipalTag/${TAG}`,
    [`${entry}.ContextKeyType`]: "string",
    [`${entry}.ContextKeyValues.member.1`]: tagFor(account, prefix),
  });
  if (
    textsOf(/<MissingContextValues>(.*?)<\/MissingContextValues>/s.exec(text)?.[1] ?? "", "member").length > 0
  )
    throw new NotShownError("the policies have conditions that IAM's simulator does not know");
  return textOf(text, "EvalDecision") ?? "";
}

/** All policies of a role or a user, those of the user's groups included. @throws NotShownError */
async function documentsOf(iam: Iam, holder: Holder): Promise<PolicyDocument[]> {
  const groups =
    holder.kind === "User"
      ? textsOf((await iam("ListGroupsForUser", { UserName: holder.name })).text, "GroupName")
      : [];
  const holders = [holder, ...groups.map(name => ({ kind: "Group", name }) as const)];
  const found = await Promise.all(holders.map(one => policiesOf(iam, one)));
  return found.flat();
}

async function policiesOf(
  iam: Iam,
  { kind, name }: { readonly kind: string; readonly name: string },
): Promise<PolicyDocument[]> {
  const own = { [`${kind}Name`]: name };
  const inline = textsOf(await whole(iam, `List${kind}Policies`, own), "member");
  const attached = textsOf(await whole(iam, `ListAttached${kind}Policies`, own), "PolicyArn");
  return Promise.all([
    ...inline.map(async policy => {
      const { text } = await iam(`Get${kind}Policy`, { ...own, PolicyName: policy });
      return { name: policy, document: documentIn(text) };
    }),
    ...attached.map(async arn => {
      const version = textOf((await iam("GetPolicy", { PolicyArn: arn })).text, "DefaultVersionId") ?? "";
      const { text } = await iam("GetPolicyVersion", { PolicyArn: arn, VersionId: version });
      return { name: arn.split("/").at(-1)!, document: documentIn(text, "Document") };
    }),
  ]);
}

/** @throws NotShownError if there are more than one answer holds: a denial could be in the rest */
async function whole(
  iam: Iam,
  action: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const { text } = await iam(action, { ...parameters, MaxItems: "200" });
  if (textOf(text, "IsTruncated") === "true")
    throw new NotShownError(`iam:${action} has more than 200 answers`);
  return text;
}

/** IAM encodes documents as in an address. */
function documentIn(xml: string, name = "PolicyDocument"): unknown {
  const text = textOf(xml, name) ?? "";
  for (const candidate of [() => decodeURIComponent(text), () => text])
    try {
      return JSON.parse(candidate());
    } catch {
      // The next form.
    }
  throw new NotShownError("a policy of IAM is no JSON");
}
