import { defined } from "../json";
import { mapGrants, type Roster } from "./roster";

/**
 * The roster without what only messages use: names, addresses, reasons and owners. Options stay, and teams
 * have numbers. For a roster that somebody may have forged: no text of it goes to anyone.
 */
export function impersonal({ accounts, roles }: Roster): Roster {
  const numbers = new Map<string, string>();
  const numberOf = (team: string) => {
    const number = numbers.get(team) ?? String(numbers.size + 1);
    numbers.set(team, number);
    return number;
  };
  return {
    roles,
    accounts: Object.fromEntries(
      Object.entries(accounts).map(([name, account]) => {
        const { databases, hosts, kind, limits, login, objects, owner, password, suspended, tls } = mapGrants(
          account,
          ({ grant: { expires, privileges, role, team } }) => ({
            role,
            ...defined({ privileges, expires, team: team && numberOf(team) }),
          }),
        );
        // An agent's owner goes into no message, and when they are offboarded, the agent is locked.
        const options = defined({ owner, suspended, limits, tls, login, password, hosts });
        return [name, { kind, user: name, ...options, databases, ...defined({ objects }) }];
      }),
    ),
  };
}
