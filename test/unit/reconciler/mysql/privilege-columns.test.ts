import { privilegesOfColumns, privilegesOfSet } from "../../../../lambdas/reconciler/mysql/privilege-columns";

describe("privilege columns", () => {
  it("are read by MySQL's names, also those that only Aurora has", () => {
    const row = {
      Select_priv: "Y",
      Insert_priv: "N",
      Create_tmp_table_priv: "Y",
      Grant_priv: "Y",
      Load_from_S3_priv: "Y",
      Db: "Y",
    };
    expect(privilegesOfColumns(row)).toEqual(["SELECT", "CREATE TEMPORARY TABLES", "LOAD FROM S3"]);
    expect(privilegesOfSet("Select,Create View,Grant")).toEqual({
      privileges: ["SELECT", "CREATE VIEW"],
      grantOption: true,
    });
    expect(privilegesOfSet("")).toEqual({ privileges: [], grantOption: false });
  });
});
