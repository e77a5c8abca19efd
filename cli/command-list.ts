import { approvals } from "./commands/approvals";
import { audit } from "./commands/audit/audit";
import { auditVerify } from "./commands/audit/audit-verify";
import { bootstrapSql } from "./commands/bootstrap-sql";
import { check } from "./commands/check";
import { connect } from "./commands/connect";
import { diff } from "./commands/diff";
import { doctor } from "./commands/doctor";
import { change } from "./commands/edit/change";
import { extend } from "./commands/edit/extend";
import { grant } from "./commands/edit/grant";
import { remove } from "./commands/edit/remove";
import { revoke } from "./commands/edit/revoke";
import { suspend } from "./commands/edit/suspend";
import { importAccounts } from "./commands/import/import";
import { newUser } from "./commands/new";
import { offboard } from "./commands/offboard/offboard";
import { prune } from "./commands/prune";
import { schema } from "./commands/schema";
import { source } from "./commands/source";
import { summary } from "./commands/summary";
import { teamsSync } from "./commands/teams/teams-sync";
import { token } from "./commands/token";
import { undo } from "./commands/undo/undo";
import { upgradeCheck } from "./commands/upgrade-check";
import { matrix } from "./commands/views/matrix";
import { reach } from "./commands/views/reach";
import { why } from "./commands/views/why";
import { who } from "./commands/who";
import { whoami } from "./commands/whoami";
import type { Command } from "./terminal/command";

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  check,
  upgradeCheck,
  diff,
  summary,
  who,
  matrix,
  why,
  reach,
  whoami,
  newUser,
  grant,
  change,
  extend,
  revoke,
  suspend,
  remove,
  undo,
  importAccounts,
  prune,
  teamsSync,
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
