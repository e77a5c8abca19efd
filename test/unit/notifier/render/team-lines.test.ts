import { accessLines, endingLines } from "../../../../lambdas/notifier/render/access-lines";

const own = { database: "orders", role: "read", reason: "INC-1", expires: "2027-01-01T00:00:00Z" };
const ofTeam = { database: "orders", role: "write", reason: "INC-2", team: "pay", project: "shop/prod" };

describe("lines of grants on one database", () => {
  it("are one for each, with its own reason, end and team", () => {
    expect(accessLines([own], [own, ofTeam])).toMatchObject([
      {
        database: "orders",
        role: "write",
        reason: "INC-2",
        until: "",
        project: "shop/prod, team pay",
        isNew: true,
      },
      {
        database: "orders",
        role: "read",
        reason: "INC-1",
        until: "2027-01-01 00:00 UTC",
        project: "",
        isSame: true,
      },
    ]);
    expect(accessLines([own, ofTeam], [own])).toMatchObject([
      { role: "write", isEnded: true },
      { role: "read", isSame: true },
    ]);
    expect(endingLines([ofTeam])).toMatchObject([{ role: "write", project: "shop/prod, team pay" }]);
  });
});
