import type { Dice } from "../mysql/reconciler/hostile/dice";
import { newExpiry, newGrant, newLimits, newName, newRole, newUser, withGrant, withOneMore } from "./draw";
import { ANYWHERE, otherHosts } from "./hosts";
import { type Grant, survives, type User, type World } from "./people";

/** One day in the folder: what people write into the files. @returns what happened, for people to read */
export function changeFolder(
  world: World,
  dice: Dice,
  { now, users }: { now: number; users: number },
): string[] {
  const said: string[] = [];
  const missing = users - world.users.size;
  const hires = missing > 0 ? Math.min(missing, 1 + dice.upTo(3)) : dice.upTo(2);
  for (let n = 0; n < hires; n++) said.push(hire(world, dice, now));
  for (let n = dice.upTo(world.users.size >= users ? 3 : 2); n > 0; n--) said.push(leave(world, dice));
  for (let n = 2 + dice.upTo(5); n > 0; n--) said.push(changeUser(world, dice, now));
  if (dice.chance(0.05)) said.push(changeRole(world, dice));
  return said.filter(Boolean);
}

export function hire(world: World, dice: Dice, now: number): string {
  const user = newUser(world, dice, now);
  world.users.set(user.username, user);
  return `${user.username} (${user.kind}) comes`;
}

/** Agents of a leaver get another owner in the same change. */
function leave(world: World, dice: Dice): string {
  const leaver = anyone(world, dice);
  const heirs = people(world).filter(({ username }) => username !== leaver.username);
  if (heirs.length === 0) return "";
  world.users.delete(leaver.username);
  world.former.push(leaver.account);
  handOver(world, leaver.username, dice.pick(heirs).username);
  return `${leaver.username} leaves`;
}

function handOver(world: World, from: string, to: string): void {
  for (const user of world.users.values())
    if (user.owner === from) world.users.set(user.username, { ...user, owner: to });
}

const people = ({ users }: World) => [...users.values()].filter(({ kind }) => kind === "person");
const anyone = ({ users }: World, dice: Dice): User => dice.pick([...users.values()]);

/** Each change, and how often it comes compared with the others. */
const CHANGES: readonly [weight: number, change: (user: User, context: Context) => User][] = [
  [6, changeGrant],
  [4, (user, { dice, now, world }) => withGrant(user, world, dice, now)],
  [3, (user, { dice }) => withoutOne(user, dice)],
  [3, moveExpiry],
  [3, incident],
  [2, user => suspend(user)],
  [2, rename],
  [2, switchLogin],
  [2, changeTerms],
  [4, changeHosts],
  [
    1,
    (user, { now }) => ({
      ...user,
      grants: user.grants.filter(({ expires }) => !(expires && expires.at < now)),
    }),
  ],
];

interface Context {
  readonly world: World;
  readonly dice: Dice;
  readonly now: number;
}

function changeUser(world: World, dice: Dice, now: number): string {
  // Who is suspended comes back before long.
  const suspended = [...world.users.values()].filter(user => user.suspended);
  if (suspended.length > 0 && dice.chance(0.2)) {
    const back = dice.pick(suspended);
    world.users.set(back.username, suspend(back));
    return `${back.username} is back`;
  }
  const user = anyone(world, dice);
  const all = CHANGES.flatMap(([weight, change]) => Array.from({ length: weight }, () => change));
  const changed = dice.pick(all)(user, { world, dice, now });
  if (changed === user) return "";
  if (changed.username !== user.username) {
    world.users.delete(user.username);
    world.former.push(user.account);
    handOver(world, user.username, changed.username);
    if (world.authors.has(user.username)) world.authors.add(changed.username);
  }
  world.users.set(changed.username, changed);
  return `${user.username} changes${changed.username === user.username ? "" : ` to ${changed.username}`}`;
}

const replaced = (user: User, old: Grant, grant: Grant): User => ({
  ...user,
  grants: user.grants.map(one => (one === old ? grant : one)),
});

const withoutOne = (user: User, dice: Dice): User => {
  if (user.grants.length === 0) return user;
  const gone = dice.pick(user.grants);
  return { ...user, grants: user.grants.filter(one => one !== gone) };
};

/** Another role on the same place, or GRANT OPTION given or taken. */
function changeGrant(user: User, { dice }: Context): User {
  const grants = user.grants.filter(({ place: { kind }, role }) => role !== undefined && kind !== "tables");
  if (grants.length === 0) return user;
  const grant = dice.pick(grants);
  const { grantOption, ...rest } = grant;
  if (user.kind !== "agent" && dice.chance(0.2))
    return replaced(user, grant, grantOption ? rest : { ...grant, grantOption: true });
  return replaced(user, grant, { ...grant, role: newRole(dice, user.kind === "agent") });
}

/** Access gets an end, another end, or none. */
function moveExpiry(user: User, { dice, now }: Context): User {
  if (user.grants.length === 0) return user;
  const grant = dice.pick(user.grants);
  const { expires, ...rest } = grant;
  if (expires && user.kind !== "agent" && dice.chance(0.3)) return replaced(user, grant, rest);
  return replaced(user, grant, { ...grant, expires: newExpiry(dice, now, 40) });
}

/** More access for a day or two. */
function incident(user: User, { dice, now, world }: Context): User {
  const drawn = newGrant(user, dice.pick(world.clusters), dice, now);
  const grant = { ...drawn, expires: newExpiry(dice, now, 1), reason: `INC-${dice.upTo(9_999)}` };
  return withOneMore(user, grant, world);
}

function suspend({ suspended, ...user }: User): User {
  return suspended ? user : { ...user, suspended: true };
}

/** A person with another name, by which the account follows. */
function rename(user: User, { dice, world }: Context): User {
  if (user.kind !== "person") return user;
  const renamed = { ...user, ...newName(world, dice), formerly: user.account };
  return renamed.grants.every(grant => survives(renamed, grant)) ? renamed : user;
}

function switchLogin(user: User, { world }: Context): User {
  const { login, ...rest } = user;
  if (user.kind !== "service" || user.tls) return user;
  if (login) return rest;
  const isBound = world.authors.has(user.username) && user.hosts?.join() !== ANYWHERE.join();
  return isBound ? user : { ...rest, login: "password", hosts: ANYWHERE };
}

/** An account that views run as cannot go from its host. */
function changeHosts(user: User, { dice, world }: Context): User {
  if (user.login || world.authors.has(user.username)) return user;
  const { hosts, ...rest } = user;
  const others = otherHosts(hosts, dice);
  return others ? { ...rest, hosts: others } : rest;
}

function changeTerms(user: User, { dice }: Context): User {
  const { limits, tls, ...rest } = user;
  const kept = limits && { limits };
  if (dice.chance(0.3) && user.kind !== "service")
    return tls ? { ...rest, ...kept } : { ...user, tls: "x509" };
  return limits && dice.chance(0.5) ? { ...rest, ...(tls && { tls }) } : { ...user, limits: newLimits(dice) };
}

/** A role of `roles.yaml` gives more, or less again. */
function changeRole({ roles }: World, dice: Dice): string {
  const privilege = dice.pick(["DROP", "CREATE TEMPORARY TABLES", "INDEX"]);
  const held = roles.get("build")!;
  roles.set("build", held.includes(privilege) ? held.filter(one => one !== privilege) : [...held, privilege]);
  return `build ${held.includes(privilege) ? "loses" : "gets"} ${privilege}`;
}
