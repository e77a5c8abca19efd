/**
 * What follows `arn:aws:iam::<account>:` in the ARNs of a reconciler's roles, as patterns: those of its
 * functions, and those that it makes for runs on single clusters.
 * @param whose `read`: the preview alone. `write`: those that change clusters
 */
export function functionRoles(reconciler: string, whose: "read" | "write"): string[] {
  const functions = whose === "read" ? ["preview"] : ["apply", "enforce", "rotate"];
  const runs = whose === "read" ? "preview" : "apply";
  return [...functions.map(name => `role/${reconciler}-${name}`), `role/${reconciler}/*-${runs}`];
}
