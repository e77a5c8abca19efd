import type { Construct } from "constructs";
import { DATABASE_PRIVILEGES } from "../../core/catalogue/mysql-privileges";
import { REMOVAL_POLICIES } from "../../core/contract/payload";
import {
  CLUSTER_NAME_PATTERN,
  DEFINER_POLICIES,
  DRIFT_POLICIES,
  UNMANAGED_POLICIES,
} from "../../core/contract/registry-entry";
import { PREFIX_PATTERN } from "../../core/roster/account-name";
import { type Ceiling, ceilingSchema } from "../../core/roster/ceiling";
import { nearestHint } from "../../core/users/nearest";
import { assertKnown, assertOneOf, assertText, assertWhole } from "../terraform/assertions";
import { quoted, ValidationError } from "../terraform/validation-error";
import type { AuroraClusterProps } from "./aurora-cluster-props";

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
  assertText(scope, "name", props.name, NAME);
  assertText(scope, "prefix", props.prefix, PREFIX);
  assertCeiling(scope, props.ceiling);
  if (typeof props.endpoint?.bind !== "function")
    throw new ValidationError(
      '`endpoint` must be a `ClusterEndpoint`, for example `ClusterEndpoint.fromLookup("orders-prod")`',
      scope,
    );
  assertOneOf(scope, "unmanaged", props.unmanaged, UNMANAGED_POLICIES);
  assertOneOf(scope, "definers", props.definers, DEFINER_POLICIES);
  assertOneOf(scope, "removalPolicy", props.removalPolicy, REMOVAL_POLICIES);
  assertOneOf(scope, "records", props.records, ["grant", "cluster"]);
  const { everyMinutes, drift } = props.enforcement ?? {};
  assertOneOf(scope, "enforcement.drift", drift, DRIFT_POLICIES);
  assertKnown(scope, "enforcement.everyMinutes", everyMinutes);
  assertWhole(scope, "enforcement.everyMinutes", everyMinutes, [1, 1440]);
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

function assertCeiling(scope: Construct, ceiling: Ceiling): void {
  const parsed = ceilingSchema.safeParse(ceiling);
  if (parsed.success) return;
  const unknown = ceiling.privileges?.find(privilege => !DATABASE_PRIVILEGES.includes(privilege));
  if (unknown !== undefined) {
    const hint = nearestHint(String(unknown), DATABASE_PRIVILEGES, "");
    throw new ValidationError(
      `\`ceiling.privileges\` must name database privileges of MySQL, got: ${quoted(String(unknown))}; ${hint}`,
      scope,
    );
  }
  const faults = parsed.error.issues.map(issue => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new ValidationError(
    `\`ceiling\` must name privileges of MySQL and databases, known at synth: ${faults}`,
    scope,
  );
}
