import { placeText } from "../roster/granted-object";
import { grantsOf, holdsAt, type PlacedGrant, type Roster } from "../roster/roster";
import type { AccessChange, Mark } from "./access-change";
import type { PairInRosters } from "./compared-rosters";
import type { GrantPair } from "./declared-access";
import { isAdministrator, isProduction, isWriting } from "./powers";

const DAY_MS = 86_400_000;
const LONG_DAYS = 90;

/** The marks of a change that gives something, or that moves its end. */
export function marksOf(within: PairInRosters, change: AccessChange, { after, before }: GrantPair): Mark[] {
  const { cluster, now, pair } = within;
  const isGain = change.kind === "gain" || change.kind === "both";
  const isLonger = before?.grant.expires !== after?.grant.expires;
  if (!after || (!isGain && !isLonger)) return [];
  const { expires } = after.grant;
  const has: Readonly<Record<Mark, boolean>> = {
    "first administrator": isGain && isFirstAdministrator(within, after),
    "production write without an end":
      expires === undefined && isWriting(within.after, after) && isProduction(cluster, after),
    "ends in more than 90 days":
      expires !== undefined && new Date(expires).getTime() - now.getTime() > LONG_DAYS * DAY_MS,
    agent: pair.after?.kind === "agent",
    "owner grants themselves": isGain && isOwn(within, after),
    suspended: pair.after?.suspended === true,
  };
  return (Object.keys(has) as Mark[]).filter(mark => has[mark]);
}

/** Whether nobody was administrator in this place of the cluster before. */
const isFirstAdministrator = (within: PairInRosters, placed: PlacedGrant): boolean =>
  isAdministrator(within.after, placed) &&
  !within.administered().has(placeText(placed.database, placed.object));

/** The places in which an account of the roster is administrator. */
export const administeredPlaces = (roster: Roster, now: Date): ReadonlySet<string> =>
  new Set(
    Object.values(roster.accounts).flatMap(account =>
      grantsOf(account)
        .filter(placed => holdsAt(placed.grant, now) && isAdministrator(roster, placed))
        .map(({ database, object }) => placeText(database, object)),
    ),
  );

/** Whether the grant is of a project or a team that the person answers for. */
function isOwn({ after, pair }: PairInRosters, { grant }: PlacedGrant): boolean {
  const { projects = {}, teams = {} } = after;
  const email = pair.after?.email?.toLowerCase();
  const owns = (owners: typeof projects, name = "") =>
    Object.hasOwn(owners, name) && owners[name]!.owner.email.toLowerCase() === email;
  return owns(projects, grant.project?.split("/")[0]) || owns(teams, grant.team);
}
