/** What a function does with a cluster: the preview looks, all others act. Each has a role of the cluster. */
export type RunRight = "preview" | "apply";

/**
 * The name of a session of a cluster's run role. The role's trust policy asks for it, so that a run about
 * another cluster cannot assume the role, even if its registry entry names it. AWS takes 2 to 64 characters.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export const runSessionName = (cluster: string): string => `@${cluster}`;
