import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { Lazy } from "cdktf";
import type { Construct } from "constructs";
import { resource } from "./address";
import { localValue } from "./local-value";

/**
 * The largest SSM parameter, in bytes.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
 */
export const MAX_PARAMETER_BYTES = 8192;
/** The largest SSM parameter that costs nothing, in bytes. */
const MAX_STANDARD_BYTES = 4096;

/** The tier that a parameter of that size needs; undefined for the standard one, which costs nothing. */
export const parameterTier = (bytes: number): "Advanced" | undefined =>
  bytes > MAX_STANDARD_BYTES ? "Advanced" : undefined;

/**
 * The size of a value as JSON, in bytes. Tokens are longer than most of the values that replace them, so the
 * result is rather too large than too small.
 */
export const jsonBytes = (value: object): number => Buffer.byteLength(JSON.stringify(value));

export interface JsonParameterProps {
  /** The identifier in Terraform, of the parameter and of the local that holds its value. */
  readonly logicalId: string;
  /** The parameter's full name. */
  readonly name: string;
  readonly description: string;
  /** The value, escaped for Terraform; called at synthesis. */
  readonly value: () => object;
}

/**
 * An SSM parameter whose value Terraform encodes as JSON, because only Terraform may know some of its parts.
 * Plans show the value, so it must not hold a secret.
 */
export function jsonParameter(scope: Construct, id: string, props: JsonParameterProps): SsmParameter {
  const { logicalId, name, description, value } = props;
  const local = localValue(scope, `${id}Value`, logicalId, Lazy.anyValue({ produce: value }));
  return resource(SsmParameter, scope, id, {
    logicalId,
    name,
    description,
    type: "String",
    tier: Lazy.stringValue({ produce: () => parameterTier(jsonBytes(value())) }),
    // Plans hide `value`. A reviewer must see a ceiling that is raised.
    insecureValue: `\${jsonencode(${local})}`,
  });
}
