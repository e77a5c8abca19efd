import { regionOfHost } from "../../core/contract/endpoint-region";
import type { Facts, RdsCluster } from "./facts";
import { type Check, doubt, notSeen, ok, sureIf, type Verdict, wrong } from "./verdict";

/** From which difference of the clocks on a login may fail, in ms. A token is valid for 15 minutes. */
const CLOCK_LIMIT = 5 * 60_000;
const MINUTE = 60_000;
export const LOG_IN = "run `aws sso login`, or choose another AWS_PROFILE";

/** What a login needs from AWS, in the order in which it needs it. */
export const awsChecks: readonly Check[] = [
  { name: "credentials", judge: credentials },
  { name: "clock", judge: clock },
  { name: "caller", judge: caller },
  { name: "AWS account", judge: awsAccount },
  { name: "region", judge: region },
  { name: "cluster", judge: cluster },
  { name: "IAM authentication", judge: iamAuthentication },
  { name: "resource id", judge: resourceId },
];

function credentials({ credentials: found, profile }: Facts): Verdict {
  const whose = profile === undefined ? "" : ` of the profile ${profile}`;
  switch (found.kind) {
    case "missing": {
      const what = `There are no valid AWS credentials${whose} here (${found.reason})`;
      return sureIf(found.isNetwork !== true, wrong("no-credentials", what, LOG_IN));
    }
    case "over": {
      const what = `The AWS credentials${whose} ended at ${found.at.toISOString()}`;
      return wrong("credentials-over", what, LOG_IN);
    }
    case "good":
      return ok(found.until ? `valid until ${found.until.toISOString()}` : "found; their end is not known");
  }
}

function clock({ clockAhead }: Facts): Verdict {
  if ("unseen" in clockAhead) return notSeen(clockAhead.unseen);
  const { seen } = clockAhead;
  const minutes = Math.round(Math.abs(seen) / MINUTE);
  const where = `${minutes} minutes ${seen > 0 ? "ahead of" : "behind"} AWS`;
  if (Math.abs(seen) <= CLOCK_LIMIT) return ok("less than 5 minutes from that of AWS");
  const todo = "set it (`timedatectl set-ntp true`, or the settings of your system)";
  return wrong("clock", `The clock of this machine is ${where}, and a token counts by its time`, todo);
}

function caller({ caller: found, profile }: Facts): Verdict {
  if ("seen" in found) return ok(found.seen.arn);
  if ("unseen" in found) return notSeen(found.unseen);
  const whose = profile === undefined ? "these credentials" : `the credentials of the profile ${profile}`;
  return wrong("credentials-refused", `AWS does not accept ${whose} (${found.refused})`, LOG_IN);
}

function awsAccount({ caller: found, cluster: name, clusterAccount }: Facts): Verdict {
  if (!("seen" in found)) return notSeen("AWS did not say who you are");
  const { accountId } = found.seen;
  if (clusterAccount === undefined) return notSeen(`nothing here says in which AWS account ${name} is`);
  if (accountId === clusterAccount) return ok(accountId);
  return wrong(
    "wrong-account",
    `The AWS credentials are of the account ${accountId}, but ${name} is in ${clusterAccount}`,
    "choose a profile of that account (AWS_PROFILE)",
  );
}

function region({ alias, host, region: signed, from }: Facts): Verdict {
  const own = regionOfHost(host) ?? ("seen" in alias ? regionOfHost(alias.seen ?? "") : undefined);
  if (own === undefined) return notSeen(`the name ${host} says no region; tokens are for ${signed}`);
  if (own === signed) return ok(own);
  const what = `${from} has the region ${signed}, but the endpoint is in ${own}`;
  return wrong("wrong-region", what, `set it right there, or give \`--host ${host} --region ${own}\``);
}

/** RDS shows the clusters of the caller's account alone: elsewhere the profile may be the wrong one. */
function cluster({ caller: found, cluster: name, clusterAccount, host, rds, region: where }: Facts): Verdict {
  if ("unseen" in rds) return notSeen(rds.unseen);
  if (rds.seen) return state(name, rds.seen);
  const own = "seen" in found ? found.seen.accountId : undefined;
  const what = `RDS has no cluster ${name} (${host}) in ${where} and the AWS account ${own}`;
  if (own !== undefined && own === clusterAccount)
    return wrong("cluster-absent", what, "ask who runs it whether it was removed or has another name now");
  return doubt("cluster-absent", what, "choose a profile of its account (AWS_PROFILE), or ask who runs it");
}

function state(name: string, { resourceId, status }: RdsCluster): Verdict {
  if (status === undefined || !/^(stopp|starting)/.test(status)) return ok(resourceId);
  return wrong(
    "cluster-stopped",
    `${name} is ${status}`,
    "ask who runs it to start it, or wait until it has",
  );
}

function iamAuthentication({ cluster: name, rds }: Facts): Verdict {
  if (!("seen" in rds) || !rds.seen) return notSeen("the cluster was not seen");
  if (rds.seen.takesIamLogins) return ok("on");
  return wrong(
    "iam-authentication-off",
    `IAM database authentication is off on ${name}`,
    "ask for `iam_database_authentication_enabled = true` on the cluster",
  );
}

function resourceId({ cluster: name, rds, resourceIds }: Facts): Verdict {
  if (!("seen" in rds) || !rds.seen) return notSeen("the cluster was not seen");
  const { resourceId: now } = rds.seen;
  if (resourceIds.length === 0) return notSeen("nothing here says for which resource id the policies are");
  if (resourceIds.includes(now)) return ok(now);
  return wrong(
    "resource-id",
    `${name} was restored or replaced: it is ${now} now, and its policies are for ${resourceIds.join(", ")}`,
    "ask for an apply of its stack with the new resource id",
  );
}
