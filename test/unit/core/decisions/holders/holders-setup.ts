import { compareHolders, type HoldersBaseline } from "../../../../../core/decisions/holders";
import { observedState } from "../../../../support/observed";
import { NOW } from "../known";

export const shopapp = { user: "shopapp", host: "%" };
export const PAYROLL = "'shopapp'@'%' reaches payroll by SELECT";
/** The line of `PAYROLL` for a person. */
export const LINE = "'shopapp'@'%' reaches payroll (SELECT)";
export const observed = (...grants: object[]) =>
  observedState([], {
    partialRevokes: false,
    outside: {
      grants: grants.map(grant => ({
        account: shopapp,
        privileges: [],
        grantOption: false,
        ...grant,
      })) as never,
      roles: [],
      proxies: [],
    },
  });
export const reaching = observed({ database: "payroll", privileges: ["SELECT"] });
export const seenBefore = (since: string, databases = ["orders", "payroll"]): HoldersBaseline => ({
  databases,
  kinds: ["can act as", "by privilege"],
  holders: { [PAYROLL]: since },
});
export const compare = (databases: string[], baseline: HoldersBaseline, more: object = {}) =>
  compareHolders({
    observed: reaching,
    names: { prefix: "sl" },
    managed: new Set(["sl_bob"]),
    databases,
    baseline,
    now: NOW,
    ...more,
  });
