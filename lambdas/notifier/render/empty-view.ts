import type { AccessLine } from "./access-lines";
import type { LoginHelp } from "./login-help";

/** The owner of a project. */
export interface OwnerView {
  readonly project: string;
  /** Or the address, if there is no name. */
  readonly name: string;
  readonly email: string;
}

/** What happened to one account, in the message about a run. */
export interface PersonView {
  readonly account: string;
  /** Or the name in the identity provider. */
  readonly name: string;
  /** `can log in now`, `has other access`, ... */
  readonly what: string;
  readonly lines: readonly AccessLine[];
}

const NO_TEXTS: readonly string[] = [];
const NO_LINES: readonly AccessLine[] = [];

/** What an event has that has nothing of its own. */
export const NOTHING = {
  account: "",
  formerly: "",
  user: "",
  name: "",
  source: "",
  email: "",
  isService: false,
  isSuspended: false,
  isReinstated: false,
  terms: NO_TEXTS,
  hasTerms: false,
  lines: NO_LINES,
  hasLines: false,
  ending: NO_LINES,
  objects: NO_TEXTS,
  hasObjects: false,
  days: 0,
  inDays: "",
  hasAccess: false,
  owners: [] as readonly OwnerView[],
  hasOwners: false,
  login: false as LoginHelp | false,
  action: "",
  statements: 0,
  statementsText: "",
  sessionsEnded: 0,
  sessionsText: "",
  people: [] as readonly PersonView[],
  peopleCount: "",
  changesOmitted: 0,
  code: "",
  message: "",
  ran: 0,
  of: 0,
  accounts: NO_TEXTS,
  hasAccounts: false,
  repaired: false,
  sql: NO_TEXTS,
  hasSql: false,
  undeclared: NO_TEXTS,
  hasUndeclared: false,
  holders: NO_TEXTS,
  hasHolders: false,
  secret: "",
  oldUntil: "",
  step: "",
};
