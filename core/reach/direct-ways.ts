import { quoteAccount } from "../mysql";
import type { Context, Held, Place } from "./held";
import type { Holdings } from "./holdings";
import type { ReachTarget } from "./reach-facts";
import type { Way } from "./way";

/** With one of these an account changes or loses rows. ALTER and DROP lose them as DELETE does. */
const WRITING: readonly string[] = ["INSERT", "UPDATE", "DELETE", "ALTER", "DROP"];

export const placeOf = ({ database, table }: ReachTarget): Place => ({
  database,
  ...(table !== undefined && { object: { kind: "TABLE" as const, name: table } }),
});

const readsBy = ({ privileges }: Held): boolean => privileges.includes("SELECT");
const writesBy = ({ privileges }: Held): boolean => privileges.some(one => WRITING.includes(one));

/** The ways by grants of the account itself, and of its roles, with these roles. */
export const directWays = (context: Context, target: ReachTarget, holdings: Holdings): Way[] =>
  holdings
    .held(context, placeOf(target))
    .filter(held => readsBy(held) || writesBy(held))
    .map(held => ({
      kind: held.level as Way["kind"],
      certainty: held.isUnsure ? ("may" as const) : ("can" as const),
      reads: readsBy(held),
      writes: writesBy(held),
      text: `${shown(held).join(", ")} on ${held.on}`,
      ...(held.holder !== context.account && { role: quoteAccount(held.holder) }),
      ...(context.isChosen && { setRole: true as const }),
      ...(held.grantOption && { handsOn: true as const }),
    }));

const shown = ({ privileges }: Held): string[] =>
  ["SELECT", ...WRITING].filter(privilege => privileges.includes(privilege));
