import type { HoldersBaseline } from "../../../../../core/decisions/holders";
import { compare, PAYROLL, reaching, seenBefore, shopapp } from "./holders-setup";

describe("a role that everybody has", () => {
  const EVERYBODY = "'shopapp'@'%' (every account has this role) reaches payroll by SELECT";
  const mandatory = { ...reaching, mandatoryRoles: [shopapp] };
  const kinds = ["can act as", "by privilege", "mandatory roles"];
  const known = (...holders: string[]): HoldersBaseline => ({
    ...seenBefore(""),
    kinds,
    holders: Object.fromEntries(holders.map(holder => [holder, ""])),
  });

  it("is new when a known role becomes mandatory", () => {
    const { fresh } = compare(["payroll"], known(PAYROLL), { observed: mandatory });
    expect(fresh).toEqual([
      { holder: "'shopapp'@'%' (every account has this role) reaches payroll (SELECT)", since: undefined },
    ]);
  });

  it("is new also where it is a declared account, or gives through another role", () => {
    const account = { user: "sl_bob", host: "%" };
    const [grant] = reaching.outside.grants;
    const declared = {
      ...reaching,
      mandatoryRoles: [account],
      outside: { ...reaching.outside, grants: [{ ...grant!, account }] },
    };
    expect(compare(["payroll"], known(), { observed: declared }).fresh).toHaveLength(1);
    const through = {
      ...reaching,
      mandatoryRoles: [account],
      outside: { ...reaching.outside, roles: [{ role: shopapp, member: account, adminOption: false }] },
    };
    const { fresh } = compare(["payroll"], known(PAYROLL), { observed: through });
    expect(fresh.map(({ holder }) => holder)).toEqual([
      expect.stringContaining("'sl_bob'@'%' (every account"),
    ]);
  });

  it("is known where it was mandatory before, before an earlier release, and when it is mandatory no longer", () => {
    expect(compare(["payroll"], known(EVERYBODY), { observed: mandatory }).fresh).toEqual([]);
    const ofEarlierRelease = seenBefore("", ["payroll"]);
    const first = compare(["payroll"], ofEarlierRelease, { observed: mandatory });
    expect(first.fresh).toEqual([]);
    expect(first.baseline).toMatchObject({ kinds, holders: { [EVERYBODY]: "" } });
    expect(compare(["payroll"], known(EVERYBODY)).fresh).toEqual([]);
  });
});
