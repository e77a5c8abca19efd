import { markedAccounts } from "../../../../lambdas/reconciler/enforce/describe-run";
import { uncertainReason } from "../../../../lambdas/reconciler/enforce/distrust";
import { row } from "../../../support/assemble";
import { observedAccount, observedState } from "../../../support/observed";

describe("what a run says of persons", () => {
  const named = (person: string) => (user: string) => (user === `sl_${person}` ? person : undefined);
  const of = { offboardedBy: named("jane"), reinstatedPerson: named("bob") };
  const said = (...accounts: readonly ReturnType<typeof observedAccount>[]) =>
    markedAccounts(of, observedState([...accounts, observedAccount("sl_eve", { locked: true })]));
  const tick = { kind: "EVENT", database: "orders", name: "tick", enabled: true } as const;

  it.each([
    ["it is locked", { locked: true }, true],
    ["it is open", { locked: false }, false],
    [
      "an event of it runs",
      { locked: true, definerOf: [tick], databases: [row("orders", "SELECT", "EVENT")] },
      false,
    ],
    [
      "an event of it may run by a role",
      { locked: true, definerOf: [tick], roles: [{ user: "r", host: "%", adminOption: false }] },
      false,
    ],
    [
      "its event does not run without EVENT",
      { locked: true, definerOf: [tick], databases: [row("orders", "SELECT")] },
      true,
    ],
  ])("is whether an offboarded person's account is shut out: %s", (_, found, locked) => {
    const { offboarded, stillLocked } = said(observedAccount("sl_jane", found));
    expect(offboarded).toEqual([{ person: "jane", account: "sl_jane", locked }]);
    expect(stillLocked).toEqual([]);
  });

  it("is which accounts of a person who is back are locked all the same", () => {
    const [open, locked] = [false, true].map(locked => said(observedAccount("sl_bob", { locked })));
    expect([open!.stillLocked, locked!.stillLocked]).toEqual([[], [{ person: "bob", account: "sl_bob" }]]);
  });

  it("is a failure while nobody can check who is back", () => {
    const mark = { person: "bob", state: "reinstated", at: "2026-11-20T12:00:00.000Z" } as const;
    expect(uncertainReason("orders", [mark, { ...mark, unproven: "invalid" }])).toBeUndefined();
    const { message } = uncertainReason("orders", [mark, { ...mark, unproven: "unknown" }])!;
    expect(message).toContain("Accounts of people who were let in again were left as they are.");
  });
});
