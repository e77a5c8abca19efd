const POLICIES = ["RedrivePolicy", "RedriveAllowPolicy"];

/**
 * The answer of GetQueueAttributes with redrive policies as compact JSON, like on AWS. Moto adds spaces, and
 * with these each Terraform plan would show a change.
 */
export function compactPolicies(text: string): string {
  const { Attributes = {}, ...rest } = JSON.parse(text) as { Attributes?: Readonly<Record<string, string>> };
  const compact = ([name, value]: [string, string]) => [
    name,
    POLICIES.includes(name) ? JSON.stringify(JSON.parse(value)) : value,
  ];
  return JSON.stringify({ ...rest, Attributes: Object.fromEntries(Object.entries(Attributes).map(compact)) });
}
