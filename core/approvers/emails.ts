import type { Rosters } from "./changed-grants";

/** The e-mail addresses of people, in either state: a change may give somebody another one. */
export class Emails {
  readonly #byPerson = new Map<string, Set<string>>();

  constructor(...states: readonly Rosters[]) {
    for (const rosters of states)
      for (const { accounts } of Object.values(rosters))
        for (const { email, owner: by, user } of Object.values(accounts)) {
          const known = this.#byPerson.get(by ?? user) ?? new Set<string>();
          if (email !== undefined) known.add(email.toLowerCase());
          this.#byPerson.set(by ?? user, known);
        }
  }

  of(person: string): ReadonlySet<string> {
    return this.#byPerson.get(person) ?? new Set();
  }
}
