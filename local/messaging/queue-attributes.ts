const POLICIES = ["RedrivePolicy", "RedriveAllowPolicy"];

/**
 * An answer of GetQueueAttributes with the redrive policies as AWS gives them, in compact JSON. Moto adds spaces, and then
 * each plan of Terraform shows a change.
 */
export function compactPolicies(text: string): string {
  const { Attributes = {}, ...rest } = JSON.parse(text) as { Attributes?: Readonly<Record<string, string>> };
  const compact = ([name, value]: [string, string]) => [
    name,
    POLICIES.includes(name) ? JSON.stringify(JSON.parse(value)) : value,
  ];
  return JSON.stringify({ ...rest, Attributes: Object.fromEntries(Object.entries(Attributes).map(compact)) });
}
