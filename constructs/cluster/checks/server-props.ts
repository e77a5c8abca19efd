import type { Construct } from "constructs";
import { lowerName } from "../../../core/catalogue/lower-case";
import { escapeDatabase, patternsOverlap } from "../../../core/mysql/database-name";
import {
  databasePattern,
  globalPrivilege,
  nativeRole,
  objectKey,
  parseObjectKey,
} from "../../../core/roster/granted-object";
import { globalFault, nativeRoleFault, patternFault } from "../../../core/users/check-server";
import { ValidationError } from "../../terraform/validation-error";
import { assertPlainTexts, refusal } from "./grant-props";

/** What a grant names of the whole server. */
interface NamedOfServer {
  readonly global?: readonly string[];
  readonly nativeRoles?: readonly string[];
}

/**
 * The global privileges and native roles of a grant, by `objectKey`.
 * @throws ValidationError if it names none, one that is never granted, or one that is not known at synth
 */
export function serverKeys(scope: Construct, grant: NamedOfServer, prefix: string): string[] {
  const { global = [], nativeRoles = [] } = grant;
  if (!Array.isArray(global) || !Array.isArray(nativeRoles) || global.length + nativeRoles.length === 0)
    throw new ValidationError("`global` or `nativeRoles` must be a list that names at least one", scope);
  for (const name of global) {
    assertPlainTexts(scope, { global: name });
    const fault = globalFault(name);
    if (fault) throw refusal(scope, "global", fault);
  }
  for (const name of nativeRoles) {
    assertPlainTexts(scope, { nativeRoles: name });
    const fault = nativeRoleFault(name, [prefix]);
    if (fault) throw refusal(scope, "nativeRoles", fault);
  }
  return [...global.map(globalPrivilege), ...nativeRoles.map(nativeRole)].map(objectKey);
}

/** @throws ValidationError if no grant may name the pattern, or it is not known at synth */
export function patternKey(scope: Construct, pattern: string): string {
  assertPlainTexts(scope, { pattern });
  const fault = patternFault(pattern);
  if (fault) throw refusal(scope, "pattern", fault);
  return objectKey(databasePattern(pattern));
}

/**
 * @param keys what else the account's grants name, by `objectKey`
 * @throws ValidationError if a pattern shares a database with another one, or with one that is named
 */
export function assertNoOverlap(
  scope: Construct,
  databases: readonly string[],
  keys: readonly string[],
): void {
  const patterns = keys.flatMap(key => {
    const object = parseObjectKey(key);
    return object?.kind === "PATTERN" ? [object.name] : [];
  });
  const all = [...patterns, ...databases.map(escapeDatabase)];
  for (const [at, pattern] of patterns.entries()) {
    const other = all.slice(at + 1).find(one => patternsOverlap(lowerName(pattern), lowerName(one)));
    if (other !== undefined)
      throw refusal(scope, "pattern", {
        message: `${pattern} and ${other} can be one database: MySQL applies one of them`,
        hint: "change the pattern, or leave one of the two out",
      });
  }
}
