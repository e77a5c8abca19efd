import { isSystemAccount } from "../../../../core/roster/account-name";

describe("accounts of AWS and of the server", () => {
  it.each([
    ...["mysql.sys", "root", "", "AWS_LAMBDA_ACCESS", "rdsadmin", "rds_superuser_role"],
    // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-planning.html, and replication's
    ...["rdsproxyadmin", "RDSProxyAdmin", "rdsrepladmin", "rdsgrprepladmin", "rdsrepladmin_priv_checks_user"],
  ])("include %s", account => {
    expect(isSystemAccount(account)).toBe(true);
  });

  it.each(["rdsproxyadmins", "my_rdsproxyadmin", "rdsteam", "sl_rdsadmin", "roots", "awsome"])(
    "do not include %s",
    account => {
      expect(isSystemAccount(account)).toBe(false);
    },
  );
});
