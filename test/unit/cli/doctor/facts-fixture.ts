import { diagnose } from "../../../../cli/doctor/diagnose";
import type { Facts, HeldAccount, RdsCluster } from "../../../../cli/doctor/facts";
import type { ServerRefusal } from "../../../../cli/doctor/login-outcome";
import type { Roster } from "../../../../core/roster/roster";

export const HOST = "orders.cluster-c1x2.eu-west-1.rds.amazonaws.com";
const NOW = new Date("2027-01-01T00:00:00Z");
export const roster: Roster = {
  roles: { write: ["SELECT", "INSERT"] },
  accounts: {
    "sl_jane.doe": { kind: "person", user: "jane.doe", databases: { or_ders: { role: "write" } } },
  },
};
/** A login that works. */
export const HEALTHY: Facts = {
  cluster: "orders",
  host: HOST,
  port: 3306,
  region: "eu-west-1",
  via: undefined,
  from: "terraform.a.tfstate",
  prefix: "sl",
  account: "sl_jane.doe",
  resourceIds: ["cluster-A"],
  clusterAccount: "111122223333",
  credentials: { kind: "good", until: undefined },
  caller: {
    seen: {
      arn: "arn:aws:sts::111122223333:assumed-role/Dev/jane.doe",
      accountId: "111122223333",
      name: "jane.doe",
    },
  },
  clockAhead: { seen: 0 },
  rds: { seen: { resourceId: "cluster-A", takesIamLogins: true, endpoints: [HOST], port: 3306 } },
  alias: { seen: undefined },
  tags: { seen: {} },
  policies: { simulated: { seen: "allowed" }, documents: { unseen: "denied" } },
  declared: { roster, account: roster.accounts["sl_jane.doe"] },
  login: {
    kind: "in",
    currentUser: "sl_jane.doe@%",
    grants: [
      "GRANT USAGE ON *.* TO `sl_jane.doe`@`%`",
      "GRANT SELECT, INSERT ON `or\\_ders`.* TO `sl_jane.doe`@`%`",
    ],
  },
  held: { unseen: "not needed" },
  now: NOW,
};
export const refused = (errno: number, message = "no", hadToken = true): ServerRefusal => ({
  kind: "refused",
  errno,
  message,
  hadToken,
  isVerified: true,
});
export const REFUSED: Facts = {
  ...HEALTHY,
  login: { ...refused(1045, "Access denied"), client: "10.1.2.3" },
};
export const codeOf = (difference: Partial<Facts>, base = REFUSED) =>
  diagnose({ ...base, ...difference }).cause?.code;
export const held = (more: Partial<HeldAccount> = {}) => ({
  held: {
    seen: [{ user: "sl_jane.doe", host: "%", plugin: "AWSAuthenticationPlugin", locked: false, ...more }],
  },
});
/** The cluster in RDS, with a difference. */
export const cluster = (more: Partial<RdsCluster>): Partial<Facts> => ({
  rds: { seen: { resourceId: "cluster-A", takesIamLogins: true, endpoints: [HOST], port: 3306, ...more } },
});
