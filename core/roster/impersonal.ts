import { defined } from "../json";
import { mapGrants, type Roster } from "./roster";

/**
 * The roster without what only messages use: names, addresses, reasons and owners. Options stay. For a roster
 * that somebody may have forged: no text of it goes to anyone.
 */
export const impersonal = ({ accounts, roles }: Roster): Roster => ({
  roles,
  accounts: Object.fromEntries(
    Object.entries(accounts).map(([name, account]) => {
      const { databases, hosts, kind, limits, login, objects, owner, password, suspended, tls } = mapGrants(
        account,
        ({ grant: { expires, privileges, role } }) => ({ role, ...defined({ privileges, expires }) }),
      );
      // An agent's owner goes into no message, and when they are offboarded, the agent is locked.
      const options = defined({ owner, suspended, limits, tls, login, password, hosts });
      return [name, { kind, user: name, ...options, databases, ...defined({ objects }) }];
    }),
  ),
});
