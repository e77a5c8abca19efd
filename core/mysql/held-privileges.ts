import { databasePattern, globalPrivilege, nativeRole } from "../roster/granted-object";
import { GRANT_OPTION } from "../roster/roster";
import { heldServer } from "./desired-server";
import { placeKey, routineKey } from "./object-names";
import type { ObservedState } from "./observed-state";

/**
 * What an account's own grants hold now, at any of its hosts: on a database, by its row of `mysql.db`, and on
 * an object or column, by its `placeKey`.
 */
export function heldPrivileges(
  observed: ObservedState,
): (user: string, place: string) => ReadonlySet<string> {
  const held = new Map<string, Set<string>>();
  const keyOf = (user: string, place: string) => JSON.stringify([user, place]);
  for (const account of observed.accounts) {
    const { databases, routines, tables, user } = account;
    const add = (place: string, privileges: readonly string[]) => {
      const key = keyOf(user, place);
      held.set(key, new Set([...(held.get(key) ?? []), ...privileges]));
    };
    const withOption = (privileges: readonly string[], option: boolean) =>
      option ? [...privileges, GRANT_OPTION] : privileges;
    for (const { grantOption, name, privileges } of databases)
      for (const place of [name, placeKey(databasePattern(name), observed)])
        add(place, withOption(privileges, grantOption));
    const server = heldServer(account);
    for (const name of server.privileges) add(placeKey(globalPrivilege(name), observed), [name]);
    for (const name of server.roles) add(placeKey(nativeRole(name), observed), [name]);
    for (const { columns, database, grantOption, privileges: held, table } of tables) {
      const privileges = withOption(held, grantOption);
      const object = { kind: "TABLE", database, name: table } as const;
      add(placeKey(object, observed), privileges);
      for (const { columns: names, privilege } of columns)
        for (const column of names)
          add(placeKey({ ...object, columns: [column] }, observed), withOption([privilege], grantOption));
    }
    for (const { database, grantOption, privileges, routine, type } of routines)
      add(
        JSON.stringify([routineKey({ database, routine, type }, observed), null]),
        withOption(privileges, grantOption),
      );
  }
  return (user, place) => held.get(keyOf(user, place)) ?? new Set();
}
