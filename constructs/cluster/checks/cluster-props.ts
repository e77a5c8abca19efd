import type { Construct } from "constructs";
import { REMOVAL_POLICIES } from "../../../core/contract/payload";
import {
  CLUSTER_NAME_PATTERN,
  DEFINER_POLICIES,
  DRIFT_POLICIES,
  MAX_OBSERVATION_TIMEOUT,
  SESSION_SCOPES,
  UNMANAGED_POLICIES,
} from "../../../core/contract/registry-entry";
import { accountName, isSystemAccount, PREFIX_PATTERN } from "../../../core/roster/account-name";
import { type Ceiling, ceilingSchema } from "../../../core/roster/ceiling";
import { assertKnown, assertOneOf, assertText, assertWhole } from "../../terraform/assertions";
import { ValidationError } from "../../terraform/validation-error";
import type { AuroraClusterProps } from "../aurora-cluster-props";
import { assertNextResourceIds, assertProxyResourceIds } from "./endpoint-props";
import { assertDatabase, assertPlainTexts, assertPrivileges } from "./grant-props";
import { patternKey } from "./server-props";

const NAME = {
  pattern: CLUSTER_NAME_PATTERN,
  rule: "letters, digits, `.`, `_` and `-`, at most 63, the first a letter or digit",
};
const PREFIX = {
  pattern: PREFIX_PATTERN,
  rule: "one to eight lower-case letters or digits, the first a letter",
};

/** The props after defaults are filled in. */
type CheckedProps = AuroraClusterProps & Required<Pick<AuroraClusterProps, "name" | "prefix" | "ceiling">>;

/** @throws ValidationError if a prop is not allowed */
export function assertClusterProps(scope: Construct, props: CheckedProps): void {
  assertName(scope, props.name);
  assertPrefix(scope, props.prefix);
  assertCeiling(scope, props.ceiling);
  if (typeof props.endpoint?.bind !== "function")
    throw new ValidationError(
      '`endpoint` must be a `ClusterEndpoint`, for example `ClusterEndpoint.fromLookup("orders-prod")`',
      scope,
    );
  assertOneOf(scope, "unmanaged", props.unmanaged, UNMANAGED_POLICIES);
  assertOneOf(scope, "definers", props.definers, DEFINER_POLICIES);
  assertOneOf(scope, "endSessionsOn", props.endSessionsOn, SESSION_SCOPES);
  if (![undefined, true, false].includes(props.terminateSessions))
    throw new ValidationError("`terminateSessions` must be true or false, and known at synth", scope);
  assertOneOf(scope, "removalPolicy", props.removalPolicy, REMOVAL_POLICIES);
  assertOneOf(scope, "records", props.records, ["grant", "cluster"]);
  const { everyMinutes, drift } = props.enforcement ?? {};
  assertOneOf(scope, "enforcement.drift", drift, DRIFT_POLICIES);
  assertKnown(scope, "enforcement.everyMinutes", everyMinutes);
  assertWhole(scope, "enforcement.everyMinutes", everyMinutes, [1, 1440]);
  assertKnown(scope, "observationTimeout", props.observationTimeout);
  assertWhole(scope, "observationTimeout", props.observationTimeout, [5, MAX_OBSERVATION_TIMEOUT]);
  assertNextResourceIds(scope, props.nextResourceIds ?? []);
  assertProxyResourceIds(scope, props.proxyResourceIds);
  const { owner, reference } = props;
  if (owner === "__proto__")
    throw new ValidationError("`owner` must not be __proto__, which no map can hold as a key", scope);
  if (owner !== undefined && (owner.length === 0 || owner.length > 256))
    throw new ValidationError(`\`owner\` must have 1 to 256 characters, got ${owner.length}`, scope);
  if (reference !== undefined && reference.length > 1024)
    throw new ValidationError(
      `\`reference\` must have at most 1024 characters, got ${reference.length}`,
      scope,
    );
}

/** @throws ValidationError if the text cannot be the name of a cluster */
export const assertName = (scope: Construct, name: string): void => assertText(scope, "name", name, NAME);

/** @throws ValidationError if the text is no prefix, or one of AWS's own accounts */
export function assertPrefix(scope: Construct, prefix: string): void {
  assertText(scope, "prefix", prefix, PREFIX);
  if (isSystemAccount(accountName(prefix, "x")))
    throw new ValidationError(
      `\`prefix\` must be another: accounts that begin with \`${prefix}_\` belong to AWS and are never touched`,
      scope,
    );
}

function assertCeiling(scope: Construct, ceiling: Ceiling): void {
  for (const role of Array.isArray(ceiling.nativeRoles) ? ceiling.nativeRoles : [])
    assertPlainTexts(scope, { "ceiling.nativeRoles": role });
  for (const pattern of Array.isArray(ceiling.patterns) ? ceiling.patterns : []) patternKey(scope, pattern);
  const databases = Array.isArray(ceiling.databases) ? ceiling.databases : [];
  for (const database of databases) assertDatabase(scope, "ceiling.databases", database);
  const parsed = ceilingSchema.safeParse(ceiling);
  if (parsed.success) return;
  if (ceiling.privileges?.length) assertPrivileges(scope, "ceiling.privileges", ceiling.privileges);
  const faults = parsed.error.issues.map(issue => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new ValidationError(
    `\`ceiling\` must name privileges of MySQL and databases, known at synth: ${faults}`,
    scope,
  );
}
