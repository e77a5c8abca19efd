import { accountName } from "../../core/roster/account-name";
import type { Facts } from "./facts";
import { type ConnectRequest, judgePolicies, type PolicyDecision } from "./policy-decision";
import { type Check, doubt, listed, notSeen, ok, type Verdict, wrong } from "./verdict";

/** Whether IAM allows the login: the session's tag against the account's name, then the policies. */
export const permissionChecks: readonly Check[] = [
  { name: "tag", judge: tag },
  { name: "policies", judge: policies },
];

/** The tag of `grantConnect` where nobody chooses another. */
export const TAG = "UserName";

/** What follows the prefix in the account: the value that the tag has to have. */
export const tagFor = (account: string, prefix: string): string =>
  account.startsWith(accountName(prefix, "")) ? account.slice(prefix.length + 1) : account;

/** What the policies say if each tag is as it should be; undefined if they or the request are not known. */
function decisionOf(facts: Facts): PolicyDecision | undefined {
  const { account, caller, clusterAccount, policies: found, prefix, rds, region, resourceIds } = facts;
  if (account === undefined || !("seen" in caller) || "unseen" in found.documents) return undefined;
  const resourceId = "seen" in rds ? rds.seen?.resourceId : resourceIds[0];
  if (resourceId === undefined) return undefined;
  const { accountId, arn, name } = caller.seen;
  const request: ConnectRequest = {
    accountId: clusterAccount ?? accountId,
    region,
    resourceId,
    account,
    tag: tagFor(account, prefix),
    username: arn.includes(":user/") ? name : undefined,
  };
  return judgePolicies(found.documents.seen, request);
}

function tag(facts: Facts): Verdict {
  const { account, caller, prefix, tags } = facts;
  if (account === undefined || !("seen" in caller)) return notSeen("the account or the session is not known");
  const decision = decisionOf(facts);
  if (decision?.kind === "allowed" && decision.tags.length === 0)
    return ok(`none is needed: ${decision.policy} names the account itself`);
  const key = (decision?.kind === "allowed" ? decision.tags[0] : undefined) ?? TAG;
  const wanted = tagFor(account, prefix);
  const { arn, name = "" } = caller.seen;
  const own = "seen" in tags ? tags.seen[key] : undefined;
  if (own === wanted) return ok(`${key} is ${own}`);
  if (own !== undefined)
    return tagVerdict(
      key,
      // Without the policies nothing shows that one depends on this tag.
      { wanted, has: own, isCertain: arn.includes(":user/") && decision?.kind === "allowed" },
      facts,
    );
  if (name === wanted) return ok(`not seen itself; the session's name is ${name}`);
  if (name.toLowerCase() === wanted.toLowerCase())
    return tagVerdict(key, { wanted, has: name, isCertain: false }, facts);
  return notSeen(`AWS does not show the tags of a session; ${key} has to be ${wanted}`);
}

interface Difference {
  readonly wanted: string;
  readonly has: string;
  /** A session may have another value than its role. */
  readonly isCertain: boolean;
}

function tagVerdict(key: string, { has, isCertain, wanted }: Difference, { account }: Facts): Verdict {
  const isCase = has.toLowerCase() === wanted.toLowerCase();
  const say = isCertain ? wrong : doubt;
  if (isCase)
    return say(
      "tag-case",
      `The session is of ${has}, but the account is ${account}, and IAM and MySQL tell capital letters apart`,
      `ask for the tag ${key} = ${wanted}, or for a user name in users/ that is spelled like the tag`,
    );
  const what = `The tag ${key} is ${has}, and policies by tag then do not allow ${account}`;
  return say("tag", what, `use the account of ${has}, or ask for the tag ${key} = ${wanted}`);
}

function policies(facts: Facts): Verdict {
  const { account, policies: found } = facts;
  if (account === undefined) return notSeen("the account is not known");
  const decision = decisionOf(facts);
  if (decision?.kind === "unreadable" && "unseen" in found.simulated)
    return notSeen(`the policy ${decision.policy} has a statement that cannot be read`);
  const verdict = decision && decision.kind !== "unreadable" ? verdictOf(decision, facts) : undefined;
  const simulated = "seen" in found.simulated ? found.simulated.seen : undefined;
  if (simulated === "allowed") return ok("IAM's simulator allows the login, with the right tag");
  if (simulated !== undefined && (verdict === undefined || verdict.result === "ok"))
    return simulatedVerdict(facts);
  if (verdict !== undefined) return verdict;
  return notSeen("unseen" in found.documents ? found.documents.unseen : "the resource id is not known");
}

/** The simulator denies what no document that was read forbids. */
const simulatedVerdict = ({ account, cluster }: Facts): Verdict =>
  wrong(
    "policy-denied",
    `IAM's simulator denies rds-db:connect for ${account} on ${cluster}`,
    "ask for `grantConnect` for your role or permission set, and look for a permissions boundary",
  );

const ASK = "ask for `grantConnect` of the cluster for your role or permission set";

type Readable = Exclude<PolicyDecision, { readonly kind: "unreadable" }>;

function verdictOf(decision: Readable, { account, caller, cluster, rds }: Facts): Verdict {
  const who = "seen" in caller ? roleOf(caller.seen.arn) : "";
  switch (decision.kind) {
    case "allowed":
      if (decision.conditions.length === 0) return ok(`${decision.policy} allows the login`);
      return doubt(
        "policy-conditions",
        `${decision.policy} allows the login under conditions (${listed(decision.conditions)}) that one may not meet`,
        "ask who made that policy, or log in to AWS in the way that it demands",
      );
    case "denied":
      return wrong(
        "policy-denied",
        `The policy ${decision.policy} of ${who} denies rds-db:connect for ${account}`,
        "ask who made it",
      );
    case "none":
      return wrong("policy-absent", `No policy of ${who} allows rds-db:connect`, ASK);
    case "other":
      return otherResource(decision.resources, { who, account, cluster, now: resourceIdOf(rds) });
  }
}

const resourceIdOf = (rds: Facts["rds"]): string | undefined =>
  "seen" in rds ? rds.seen?.resourceId : undefined;

interface Named {
  readonly who: string;
  readonly account: string | undefined;
  readonly cluster: string;
  readonly now: string | undefined;
}

/** The policies name other clusters, other accounts of this one, or it in another place. */
function otherResource(resources: readonly string[], { account, cluster, now, who }: Named): Verdict {
  const pairs = resources.map(arn => arn.split(":dbuser:")[1] ?? arn);
  const idOf = (pair: string) => pair.split("/")[0]!;
  const here = pairs.filter(pair => now === undefined || [now, "*"].includes(idOf(pair)));
  if (here.length > 0) {
    const what = `The policies of ${who} allow other logins on ${cluster} (${listed(here)}), and not ${account}`;
    return wrong(
      "policy-account",
      what,
      "log in with an account that they allow (`--as`), or ask for this one",
    );
  }
  const ids = listed([...new Set(pairs.map(idOf))]);
  return wrong(
    "policy-resource-id",
    `The policies of ${who} are for ${ids}, and ${cluster} is ${now}`,
    "ask for an apply of the stack with `grantConnect`, so that they name it",
  );
}

/** The role of a session, or the user. */
const roleOf = (arn: string): string =>
  arn
    .split("/")
    .slice(0, arn.includes(":assumed-role/") ? 2 : 99)
    .at(-1)!;
