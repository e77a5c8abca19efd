import type { DatabasePrivilege } from "../catalogue/mysql-privileges";
import { byCodeUnit } from "../json";
import { nameSome } from "../name-some";
import { type NamesInGrants, spellDatabase } from "./database-name";
import type { AccountId, DefinedObject, ObservedAccount } from "./observed-state";
import { quoteAccount, quoteIdentifier } from "./quote";

/** How plans and mails name the object: `VIEW orders.totals`. */
export const objectName = ({ database, kind, name }: DefinedObject): string => `${kind} ${database}.${name}`;

/** The most objects that a text names. */
const NAMED = 50;

export const objectNames = (objects: readonly string[]): string => nameSome(objects, NAMED);

/** The event as SQL names it. */
export const quoteEvent = ({ database, name }: Pick<DefinedObject, "database" | "name">): string =>
  `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;

export const enabledEvents = ({ definerOf }: Pick<ObservedAccount, "definerOf">): DefinedObject[] =>
  definerOf.filter(({ enabled }) => enabled === true);

/**
 * The most events of one account that runs disable, and enable again. An account can have any number of them,
 * and the others do not run either: an account that has to go loses EVENT.
 */
export const MAX_DISABLED_EVENTS = 1_000;

/** The events of an account that are disabled when it has to go. */
export const eventsToDisable = ({ definerOf }: Pick<ObservedAccount, "definerOf">): DefinedObject[] =>
  definerOf
    .filter(({ kind }) => kind === "EVENT")
    .sort((a, b) => byCodeUnit(objectName(a), objectName(b)))
    .slice(0, MAX_DISABLED_EVENTS)
    .filter(({ enabled }) => enabled === true);

/** An event of an account, as the ledger remembers it. */
export const eventKey = (account: AccountId, object: Pick<DefinedObject, "database" | "name">): string =>
  `${quoteAccount(account)} ${quoteEvent(object)}`;

/** The account of an `eventKey`, as SQL names it. */
export const eventDefiner = (key: string): string =>
  /^'(?:[^'\\]|\\.)*'@'(?:[^'\\]|\\.)*'/.exec(key)?.[0] ?? "";

const DATA: readonly DatabasePrivilege[] = ["SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE"];
const CODE: readonly DatabasePrivilege[] = [
  ...DATA,
  "CREATE",
  "DROP",
  "ALTER",
  "INDEX",
  "REFERENCES",
  "CREATE TEMPORARY TABLES",
  "LOCK TABLES",
];

/**
 * What an object may use of its definer's privileges on a database. EVENT is not among them: the server runs
 * no event of an account that lacks it, and with it a procedure of the account could enable the event again.
 */
const USES: Record<DefinedObject["kind"], readonly DatabasePrivilege[]> = {
  VIEW: DATA,
  TRIGGER: [...DATA, "TRIGGER", "CREATE TEMPORARY TABLES"],
  PROCEDURE: CODE,
  FUNCTION: CODE,
  EVENT: CODE,
};

/** What any object may use. */
export const EVERY_USE: ReadonlySet<string> = new Set(Object.values(USES).flat());

/** What the account's objects may use, by the row of `mysql.db` for their own database. */
export function usedByObjects(
  { definerOf }: Pick<ObservedAccount, "definerOf">,
  names: NamesInGrants,
): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>();
  for (const { database, kind } of definerOf) {
    const row = spellDatabase(database, names);
    used.set(row, new Set([...(used.get(row) ?? []), ...USES[kind]]));
  }
  return used;
}
