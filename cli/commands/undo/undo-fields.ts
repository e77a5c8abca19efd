import type { AccountFields, RosterChange } from "../../../core/audit";
import { own } from "../../../core/json";
import type { AssembledUsers } from "../../../core/users";
import { type Edit, fileFields, type Value } from "../../../reader";
import { type FolderEdit, fileOf } from "../edit/folder-edit";
import { accountOf, isEqual } from "./declared";
import type { RecordedSet } from "./recorded-set";

/** What a user's file says in other ways: by its own name, and as the account after the prefix. */
const NAMES = ["user", "formerly"];

/** The value of each field that the change set changed, or took with an account: as it was. */
export function fieldsBefore({ from, to, was }: RosterChange): [field: string, value: unknown][] {
  const fields = was
    ? ["kind", "name", "email", "owner", "login", "suspended", "limits", "tls", "hosts", "password"]
    : Object.keys({ ...from, ...to });
  const record: AccountFields = was ?? from ?? {};
  return fields.filter(field => !NAMES.includes(field)).map(field => [field, record[field]]);
}

/** `limits` and the like of an account that are not as they were, and the value that they had. */
const differing = (users: AssembledUsers, cluster: string, change: RosterChange) => {
  const account = accountOf(users, cluster, change.user);
  return account
    ? fieldsBefore(change).filter(([field, value]) => !isEqual(own({ ...account }, field), value))
    : [];
};

/**
 * Gives files the values that fields had, where settings and grants do not give them. Whether they do what
 * they should is proved afterwards.
 * @returns what was done
 */
export function undoFields(edit: FolderEdit, { changes, cluster }: RecordedSet): string[] {
  const { users } = edit.after();
  const suspends = new Set(
    changes.flatMap(change =>
      fieldsBefore(change).some(([field]) => field === "suspended") ? change.user : [],
    ),
  );
  return changes.flatMap(change => {
    const declared = users.users.find(({ username }) => username === change.user);
    if (!declared) return [];
    const account = accountOf(users, cluster, change.user);
    // An agent without `suspended` of its own follows its owner.
    const follows = (field: string) => field === "suspended" && suspends.has(declared.owner ?? "");
    const fields = differing(users, cluster, change).filter(([field]) => !follows(field));
    const text = edit.textOf(fileOf(declared));
    const lifted = { ...NONE, limits: noneOf(account?.limits) };
    const edits = fields.flatMap(([field, value]) => fieldEdits(text, field, value, own(lifted, field)));
    if (edits.length > 0) edit.edit(fileOf(declared), edits);
    return change.was ? [] : fields.map(([field, value]) => `${change.user}: ${fieldText(field, value)}`);
  });
}

/** 0 for each limit. */
const noneOf = (limits: object = {}): Value => Object.fromEntries(Object.keys(limits).map(name => [name, 0]));

function fieldText(field: string, value: unknown): string {
  if (field === "suspended") return value ? "suspended again" : "no longer suspended";
  return value === undefined ? `no ${field} again` : `${field} again ${shown(value)}`;
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What lifts a default of settings.yaml, next to 0 for each limit. */
const NONE: Readonly<Record<string, Value>> = { hosts: ["%"], tls: "ssl" };

/** @param none what lifts a default of settings.yaml */
function fieldEdits(text: string, key: string, value: unknown, none: Value | undefined): Edit[] {
  const now = fileFields(text);
  const isThere = Object.hasOwn(now, key);
  if (value === undefined && isThere) return [{ op: "unset", map: [], key }];
  const written =
    key === "limits" && value !== undefined ? { ...(none as object), ...value } : (value ?? none);
  if (written === undefined) return [];
  const keys = Object.keys(now).filter(name => name !== key);
  const before = keys[keys.indexOf("grants") - 1];
  const set: Edit = { op: "set", map: [], key, value: written as Value, after: before };
  const isScalar = typeof written !== "object" && typeof now[key] !== "object";
  return isThere && !isScalar ? [{ op: "unset", map: [], key }, set] : [set];
}

/** Where fields are no longer as the change set made them. */
export function fieldConflicts({
  users,
  cluster,
  change,
}: {
  readonly users: AssembledUsers;
  readonly cluster: string;
  readonly change: RosterChange;
}): string[] {
  const account = accountOf(users, cluster, change.user);
  const { from, to, was } = change;
  if (was || !account) return [];
  return Object.keys({ ...from, ...to })
    .filter(field => !NAMES.includes(field) && !isEqual(own({ ...account }, field), to?.[field]))
    .map(field => {
      const now: unknown = own({ ...account }, field);
      if (field === "suspended")
        return `${change.user}: it is ${now ? "suspended again" : "no longer suspended"}`;
      return `${change.user}: its ${field} ${now === undefined ? "is gone" : `is now ${shown(now)}`}`;
    });
}

/** Fields that are not as they were before the change set. */
export const wrongFields = (users: AssembledUsers, { changes, cluster }: RecordedSet): string[] =>
  changes.flatMap(change =>
    differing(users, cluster, change).map(
      ([field]) => `${change.user}: its ${field} cannot be written here as before; write it by hand`,
    ),
  );
