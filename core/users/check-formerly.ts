import type { LocatedUser } from "./resolve-user";

const KEEP_ONE = "leave `formerly` out: what it was for is done, or the other file is the same person's";

/** Reports former names that belong to a user who is still there, or that two files claim. */
export function checkFormerly(users: readonly LocatedUser[]): void {
  const owners = new Map(users.map(located => [located.user.account, located]));
  const claims = new Map<string, LocatedUser>();
  for (const located of users) {
    const { formerly: name } = located.user;
    if (name === undefined) continue;
    const owner = owners.get(name);
    const other = claims.get(name);
    if (owner && owner !== located)
      located.formerly.error(
        `"${name}" is the account of "${owner.user.username}", ${owner.account.place()}`,
        { hint: KEEP_ONE },
      );
    else if (other)
      located.formerly.error(`"${name}" is also the former name in ${other.formerly.place()}`, {
        hint: "an account has one new name: leave one of the two out",
      });
    claims.set(name, other ?? located);
  }
}
