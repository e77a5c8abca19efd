import { audit } from "./audit";
import { auditVerify } from "./audit-verify";
import { check } from "./check";
import type { Command } from "./command";
import { newUser } from "./new";
import { prune } from "./prune";
import { schema } from "./schema";
import { source } from "./source";
import { token } from "./token";
import { who } from "./who";

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [check, who, newUser, prune, token, audit, auditVerify, schema, source];
