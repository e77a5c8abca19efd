import type { EventChange } from "../../../core/events/events";
import type { LimitName } from "../../../core/roster/account-options";
import { count, oneLine } from "./plain-text";

const LIMITS: Readonly<Record<LimitName, string>> = {
  connections: "connection",
  queriesPerHour: "statement",
  updatesPerHour: "changing statement",
  connectionsPerHour: "connection",
};

const SECRETS: Readonly<Record<NonNullable<EventChange["authentication"]>, string>> = {
  password: "the password in the account's secret in Secrets Manager",
  existing: "the password that the account has already",
};

/** What a login has to keep to, beyond TLS. */
export function termsOf({
  authentication,
  hosts = [],
  limits = {},
  tls,
}: Pick<EventChange, "authentication" | "hosts" | "limits" | "tls">): string[] {
  const secret = authentication ? [SECRETS[authentication]] : [];
  const most = (Object.keys(LIMITS) as LimitName[]).flatMap(name => {
    const limit = limits[name];
    if (!limit) return [];
    const when = name.endsWith("PerHour") ? "an hour" : "at a time";
    return [`at most ${count(limit, LIMITS[name])} ${when}`];
  });
  const from = hosts.length > 0 ? [`a client address of ${hosts.map(oneLine).join(" or ")}`] : [];
  const kept = [...secret, ...from, ...most];
  if (tls === undefined) return kept;
  const names =
    tls === "x509" ? [] : Object.entries(tls).map(([part, name]) => ` of ${part} ${oneLine(name ?? "")}`);
  return [...kept, `a certificate${names.join(" and")}`];
}

const WHAT: Readonly<Record<EventChange["change"], string>> = {
  granted: "can log in now",
  changed: "has other access",
  revoked: "can no longer log in",
  expired: "has lost access that expired",
  expiring: "has access that ends soon",
};

/** What happened to the account: `can log in now`, `is suspended`. */
export const whatOf = ({ change, formerly, suspended }: EventChange): string => {
  if (formerly !== undefined && change === "changed") {
    const now =
      suspended === undefined ? "" : suspended ? ", and is suspended" : ", and is no longer suspended";
    return `was ${oneLine(formerly)} until now${now}`;
  }
  if (change === "granted" && suspended) return "was created, and is suspended";
  if (change !== "changed" || suspended === undefined) return WHAT[change];
  return suspended ? "is suspended" : "is no longer suspended";
};
