import type { AccessEvent } from "../../../../core/events/events";
import { oneMailEach } from "../../../../core/events/one-mail-each";
import { granted } from "../../../support/notifier-events";

const of = (account: string, email: string, source?: string): AccessEvent =>
  granted({ account: `sl_${account}`, user: account, email, source });
const mailed = (events: readonly AccessEvent[]) =>
  events.flatMap(({ detail }) =>
    "email" in detail && detail.email ? [`${detail.account} ${detail.email}`] : [],
  );

describe("the mails of one run to one address", () => {
  it.each<[string, AccessEvent[], string[]]>([
    [
      "one for all accounts of a source",
      [of("a", "x@example.com", "shop"), of("b", "x@example.com", "shop"), of("c", "X@Example.com", "shop")],
      ["sl_a x@example.com"],
    ],
    [
      "one for the accounts of all sources",
      [of("a", "x@example.com", "shop"), of("b", "x@example.com", "store")],
      ["sl_a x@example.com"],
    ],
    [
      "the reviewed one, not a source's before it",
      [of("a", "x@example.com", "shop"), of("b", "x@example.com")],
      ["sl_b x@example.com"],
    ],
    [
      "each of the reviewed ones",
      [of("a", "x@example.com"), of("b", "x@example.com")],
      ["sl_a x@example.com", "sl_b x@example.com"],
    ],
  ])("are %s", (_, events, expected) => expect(mailed(oneMailEach(events))).toEqual(expected));

  it("are limited over everything that a run sends: 300 accounts and their reminders get one", () => {
    const addresses = new Set<string>();
    const many = Array.from({ length: 300 }, (_, index) => of(`u${index}`, "x@example.com", "shop"));
    expect(mailed(oneMailEach(many, addresses))).toHaveLength(1);
    expect(mailed(oneMailEach([of("late", "x@example.com", "shop")], addresses))).toEqual([]);
    expect(mailed(oneMailEach([of("late", "y@example.com", "shop")], addresses))).toHaveLength(1);
  });
});
