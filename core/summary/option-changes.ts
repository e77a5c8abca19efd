import { canonicalJson, type Json } from "../json";
import { hostsOf, isWithin } from "../roster/account-hosts";
import type { RosterAccount } from "../roster/roster";
import type { AccessChange, ChangeKind } from "./access-change";
import type { AccountPair } from "./declared-access";

/** One option of an account that changes. */
interface OptionChange {
  readonly kind: Exclude<ChangeKind, "drift">;
  readonly from: string;
  readonly to: string;
  readonly endsSessions: boolean;
}

type ChangeOfOptions = Omit<OptionChange, "endsSessions"> & Pick<AccessChange, "endsSessions">;
type Both = { readonly before: RosterAccount; readonly after: RosterAccount };

/**
 * What changes of an account that both rosters have, apart from its grants: suspension, hosts, limits, TLS,
 * login and name. Undefined if nothing does.
 */
export function optionChange(pair: AccountPair): ChangeOfOptions | undefined {
  const { after, before, renamedFrom } = pair;
  if (!before || !after) return undefined;
  const both = { before, after };
  const renamed = renamedFrom === undefined ? [] : [renaming(both, renamedFrom, pair.account)];
  const suspended = suspension(both);
  const found = [...suspended, ...hosts(both), ...renamed, ...otherTerms(both)];
  if (found.length === 0) return undefined;
  const join = (texts: readonly string[]) => texts.join("; ");
  return {
    // Who is suspended has no access, whatever else changes.
    kind: suspended[0]?.kind ?? kindOfAll(found),
    from: join(found.map(({ from }) => from)),
    to: join(found.map(({ to }) => to)),
    ...(found.some(({ endsSessions }) => endsSessions) ? { endsSessions: true as const } : undefined),
  };
}

const terms = (from: string, to: string, endsSessions = true): OptionChange => ({
  kind: "terms",
  from,
  to,
  endsSessions,
});

function kindOfAll(found: readonly OptionChange[]): OptionChange["kind"] {
  const has = (kind: OptionChange["kind"]) => found.some(one => one.kind === kind || one.kind === "both");
  if (has("gain")) return has("loss") ? "both" : "gain";
  return has("loss") ? "loss" : "terms";
}

/** The new name has all access of the former one. Only the same e-mail address says that it is one person. */
function renaming({ after, before }: Both, from: string, to: string): OptionChange {
  const isSame = before.email !== undefined && before.email.toLowerCase() === after.email?.toLowerCase();
  return { ...terms(`named ${from}`, `named ${to}`), kind: isSame ? "terms" : "both" };
}

function suspension({ after, before }: Both): OptionChange[] {
  if (before.suspended === after.suspended) return [];
  return after.suspended
    ? [{ kind: "loss", from: "in use", to: "suspended", endsSessions: true }]
    : [{ kind: "gain", from: "suspended", to: "in use", endsSessions: false }];
}

function hosts({ after, before }: Both): OptionChange[] {
  const [from, to] = [hostsOf(before), hostsOf(after)];
  const isGone = from.some(host => !to.includes(host));
  if (!isGone && from.length === to.length) return [];
  const covers = (hosts: readonly string[]) => (host: string) => hosts.some(other => isWithin(host, other));
  const [isLess, isMore] = [!from.every(covers(to)), !to.every(covers(from))];
  const text = (list: readonly string[]) => `from ${list.join(", ")}`;
  const kind = isLess ? (isMore ? "both" : "loss") : isMore ? "gain" : "terms";
  return [{ kind, from: text(from), to: text(to), endsSessions: isGone }];
}

const OPTIONS = ["limits", "tls", "login", "password"] as const;
const DEFAULTS = { limits: "none", tls: "ssl", login: "iam", password: "none" } as const;

function otherTerms({ after, before }: Both): OptionChange[] {
  return OPTIONS.flatMap(name => {
    const [from, to] = [before, after].map(account => {
      const value = account[name] as Json | undefined;
      return `${name} ${value === undefined ? DEFAULTS[name] : typeof value === "string" ? value : canonicalJson(value)}`;
    }) as [string, string];
    return from === to ? [] : [terms(from, to, name === "tls" || name === "login")];
  });
}

/** Whether two accounts differ in anything that their login and its limits depend on. */
export const differInOptions = ({ after, before }: AccountPair): boolean =>
  before !== undefined &&
  after !== undefined &&
  (suspension({ before, after }).length > 0 ||
    hosts({ before, after }).length > 0 ||
    otherTerms({ before, after }).length > 0);
