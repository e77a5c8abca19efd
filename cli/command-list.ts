import { approvals } from "./commands/approvals";
import { audit } from "./commands/audit/audit";
import { auditVerify } from "./commands/audit/audit-verify";
import { bootstrapSql } from "./commands/bootstrap-sql";
import { check } from "./commands/check";
import { connect } from "./commands/connect";
import { doctor } from "./commands/doctor";
import { importAccounts } from "./commands/import/import";
import { newUser } from "./commands/new";
import { offboard } from "./commands/offboard/offboard";
import { prune } from "./commands/prune";
import { schema } from "./commands/schema";
import { source } from "./commands/source";
import { token } from "./commands/token";
import { upgradeCheck } from "./commands/upgrade-check";
import { who } from "./commands/who";
import { whoami } from "./commands/whoami";
import type { Command } from "./terminal/command";

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  check,
  upgradeCheck,
  who,
  whoami,
  newUser,
  importAccounts,
  prune,
  approvals,
  bootstrapSql,
  connect,
  doctor,
  token,
  offboard,
  audit,
  auditVerify,
  schema,
  source,
];
