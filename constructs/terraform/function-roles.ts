/**
 * What follows `arn:aws:iam::<account>:` in the ARNs of the roles of a reconciler's functions.
 * @param whose `read`: the preview alone. `write`: those that change clusters
 */
export const functionRoles = (reconciler: string, whose: "read" | "write"): string[] =>
  (whose === "read" ? ["preview"] : ["apply", "enforce", "rotate"]).map(name => `role/${reconciler}-${name}`);
