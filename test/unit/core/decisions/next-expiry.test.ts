import { nextExpiry } from "../../../../core/decisions/next-expiry";
import { rosterOf } from "../../../support/observed";
import { EARLIER, LATER, NOW } from "./known";

const until = (expires: string) => ({ role: "read", expires });

it("the next expiry is the earliest one that is still to come", () => {
  const roster = rosterOf({
    sl_a: { orders: until("2027-01-01T00:00:00Z"), payments: "read" },
    sl_b: { orders: until(LATER), payments: until(EARLIER) },
  });
  expect(nextExpiry(roster, NOW)).toEqual(new Date(LATER));
});

it("there is none if no grant ends, or each has ended; one that ends now has ended", () => {
  expect(nextExpiry(rosterOf({ sl_a: { orders: "read" } }), NOW)).toBeUndefined();
  const over = rosterOf({ sl_a: { orders: until(EARLIER), payments: until(NOW.toISOString()) } });
  expect(nextExpiry(over, NOW)).toBeUndefined();
});

it("very many grants are no problem", () => {
  const databases = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`d${i}`, until(LATER)]));
  expect(nextExpiry(rosterOf({ sl_a: databases }), NOW)).toEqual(new Date(LATER));
});
