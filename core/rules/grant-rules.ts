import type { Right } from "../roster/roster-rules";
import { matchesName, type Pattern, parsePattern } from "../roster/rule-pattern";
import type { Breach, RulePart } from "./breach";
import { type Holding, nameIn, RightOnCluster } from "./holdings";
import { isBeyondReading } from "./strength";

const DAY = 86_400_000;

const one = (holding: Holding, fault: string, hint: string): Breach => ({
  fault: `${holding.person} ${fault}`,
  hint,
  at: [holding],
  shown: [holding],
});

const held = (
  { holdings, known }: { readonly holdings: readonly Holding[]; readonly known: readonly string[] },
  right: Pick<Right, "databases" | "strength">,
): Holding[] => {
  const onCluster = new RightOnCluster(right, known);
  return holdings.filter(holding => onCluster.isHeldBy(holding));
};

/** The last moment that is within so many days: the end of that day, UTC. */
export const endOfDays = (now: Date, days: number): Date =>
  new Date((Math.floor(now.getTime() / DAY) + days + 1) * DAY);

/** Grants without an end, or with one that is later than the rule allows. */
export const endBreaches = (parts: readonly RulePart<"endWithin">[], now: Date): Breach[] =>
  parts.flatMap(part => {
    const { days, role } = part.rule.endWithin;
    const last = endOfDays(now, days);
    const hint = `write an \`expires\` of ${lastDay(last)} or earlier`;
    return held(part, part.rule.endWithin).flatMap(holding => {
      const { expires } = holding.grant;
      if (expires !== undefined && new Date(expires) <= last) return [];
      const end = expires === undefined ? "has no end" : `ends at ${expires}`;
      return [one(holding, `holds ${role} or as much and it ${end}, but must end within ${days} days`, hint)];
    });
  });

/** The day that ends at the moment. */
const lastDay = (end: Date): string => new Date(end.getTime() - 1).toISOString().slice(0, 10);

/** Grants without a reason, or with one of another form. */
export const reasonBreaches = (parts: readonly RulePart<"reasonMatches">[]): Breach[] =>
  parts.flatMap(part => {
    const { pattern } = part.rule.reasonMatches;
    const matches = remembering(parsePattern(pattern));
    const hint = `write a \`reason\` that matches ${pattern}`;
    return held(part, part.rule.reasonMatches).flatMap(holding => {
      const { reason } = holding.grant;
      if (reason !== undefined && matches(reason)) return [];
      const fault =
        reason === undefined ? "has a grant without a `reason`" : "has a grant with another `reason`";
      return [one(holding, fault, hint)];
    });
  });

/** Many grants have the same reason. */
function remembering(pattern: Pattern): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return text => {
    const matches = known.get(text) ?? pattern.test(text);
    known.set(text, matches);
    return matches;
  };
}

const domainOf = (email: string): string => email.slice(email.lastIndexOf("@") + 1).toLowerCase();
/** Gives whether an address has one of the domains. */
export const inDomains = (domains: readonly string[]): ((email: string) => boolean) => {
  const known = new Set(domains.map(domain => domain.toLowerCase()));
  return email => known.has(domainOf(email));
};

/** A service that was reviewed needs no address. One of Parameter Store calls itself what it likes. */
const needsNoAddress = ({ details }: Holding): boolean =>
  details.kind === "service" && details.email === undefined && details.source === undefined;

/** Whether a source's account names one of the people: what was reviewed of them is in no account here. */
const namesOne = ({ account, details, person }: Holding, people: ReadonlySet<string>): boolean =>
  details.source !== undefined && [details.user, person, nameIn(account)].some(name => people.has(name));

/** Grants of accounts with another address, or none. */
export const domainBreaches = (parts: readonly RulePart<"emailDomains">[]): Breach[] =>
  parts.flatMap(part => {
    const { domains, people, role } = part.rule.emailDomains;
    const isAllowed = inDomains(domains);
    const others = new Set(people);
    return held(part, part.rule.emailDomains)
      .filter(holding => {
        const { details, emails } = holding;
        const isFine = details.email === undefined ? needsNoAddress(holding) : emails.every(isAllowed);
        return !isFine || namesOne(holding, others);
      })
      .map(holding => {
        const wrong = holding.emails.find(email => !isAllowed(email));
        const missing = holding.details.email === undefined ? "no e-mail address" : "another one in its file";
        const address = wrong === undefined ? `has ${missing}` : `has the address ${wrong}`;
        const fault = `holds ${role} or as much and ${address}`;
        return one(holding, fault, `the domains for it are: ${domains.join(", ")}`);
      });
  });

/** Grants of contractors that give more than reading. */
export const readOnlyBreaches = (parts: readonly RulePart<"readOnly">[]): Breach[] =>
  parts.flatMap(({ holdings, rule, roles }) => {
    const { emailDomains = [], people, users = [] } = rule.readOnly;
    const isContractors = inDomains(emailDomains);
    const contractors = new Set(people);
    const namesOf = ({ account, details, isClaimed, person }: Holding) =>
      isClaimed ? [details.user, person, nameIn(account)] : [details.user, person];
    const isMeant = (holding: Holding) =>
      holding.emails.some(isContractors) ||
      namesOne(holding, contractors) ||
      namesOf(holding).some(name => users.some(user => matchesName(user, name)));
    return holdings
      .filter(holding => isBeyondReading({ roles }, holding) && isMeant(holding))
      .map(holding => one(holding, "is to read only, and has more", "give a role that reads"));
  });
