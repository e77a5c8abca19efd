import { accountChecks } from "./account-checks";
import { awsChecks } from "./aws-checks";
import type { Facts } from "./facts";
import { pathChecks } from "./path-checks";
import { permissionChecks } from "./permission-checks";
import { roleCheck } from "./role-check";
import { type Check, doubt, type Finding, notSeen, ok, type Verdict, wrong } from "./verdict";

/** All checks, in the order in which a login depends on what they look at. */
export const CHECKS: readonly Check[] = [
  ...awsChecks.slice(0, 4),
  { name: "grant", judge: grant },
  { name: "login by token", judge: byToken },
  ...awsChecks.slice(4),
  ...permissionChecks,
  ...pathChecks,
  ...accountChecks,
  roleCheck,
];

/** What all checks say, and the first cause. */
export interface Diagnosis {
  /** Undefined: the login works, and the role is in force. */
  readonly cause: Finding | undefined;
  readonly checks: readonly { readonly name: string; readonly verdict: Verdict }[];
}

/**
 * The first cause: of the findings that are certain the first one, else the first doubt. A login that works
 * proves that nothing is in its way, whatever the other checks say; only its role can be wrong.
 */
export function diagnose(facts: Facts): Diagnosis {
  const checks = CHECKS.map(({ judge, name }) => ({ name, verdict: judge(facts) }));
  const isIn = facts.login.kind === "in";
  const found = checks
    .filter(({ name }) => !isIn || name === roleCheck.name)
    .flatMap(({ verdict }) => ("code" in verdict ? [verdict] : []));
  const first = found.find(({ result }) => result === "wrong") ?? found[0];
  return { cause: first ?? (isIn ? undefined : unknown(facts)), checks };
}

const unknown = ({ caller }: Facts): Finding =>
  doubt(
    "unknown",
    "No login was tried, and nothing that can be seen here says why it would fail",
    "unseen" in caller ? `give the account by \`--as\` (${caller.unseen})` : "give the account by `--as`",
  );

/** An account with a password needs no tag and no policy, so it is looked at before these. */
function byToken({ account, declared }: Facts): Verdict {
  if (declared.account === undefined) return notSeen(declared.unseen ?? "the users folder does not have it");
  if (declared.account.login === undefined) return ok("in the users folder");
  return wrong("login-by-password", `${account} logs in by password, and not by token`, "use its password");
}

/** Whether the users folder has an account for the person whose session it is. */
function grant({ account, caller, cluster, declared }: Facts): Verdict {
  if (account !== undefined) return { result: "ok", text: account };
  if (!("seen" in caller)) return { result: "not seen", text: "AWS did not say who you are" };
  const { arn, name } = caller.seen;
  if (!declared.roster || name === undefined)
    return {
      result: "wrong",
      code: "not-a-person",
      text: `The AWS credentials are ${arn}, which names no person: give the account by \`--as\`.`,
    };
  return {
    result: "wrong",
    code: "no-grant",
    text: `No grant in the users folder gives ${name} access to ${cluster}: ask for one, or name an account by \`--as\`.`,
  };
}
