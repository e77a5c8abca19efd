import { aboutAccounts } from "../../../../core/events/about-account";
import { rosterOf } from "../../../support/observed";

it("an account's person is that of the first roster that names it; an account of nobody has none", () => {
  const roster = rosterOf({ sl_ann: { orders: "read" } });
  const other = { ...roster, accounts: { sl_ann: { ...roster.accounts["sl_ann"]!, user: "another" } } };
  const about = aboutAccounts(account => (account === "sl_ann" ? "grant" : "drift"), roster, other);
  expect(about("sl_ann")).toEqual({ user: "ann", cause: "grant" });
  expect(about("sl_eve")).toEqual({ user: undefined, cause: "drift" });
});
