import type { ImportGraph } from "./import-graph";

/**
 * The folders of each room, lowest first: a file imports only from its own folder and from those listed
 * before it. A folder's entry holds the files directly in it and in sub-folders that have no entry; an entry
 * may also be one file.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [
    "core/catalogue",
    "core",
    "core/roster",
    "core/audit",
    "core/contract",
    "core/mysql",
    "core/rules",
    "core/users",
    "core/summary",
    "core/approvers",
    "core/import",
    "core/source",
    "core/reach",
    "core/matrix",
    "core/why",
    "core/events",
    "core/decisions",
    "core/index.ts",
  ],
  reader: ["reader/edit", "reader", "reader/index.ts"],
  constructs: [
    "constructs/terraform",
    "constructs/ledger",
    "constructs/reconciler",
    "constructs/offboarding",
    "constructs/password",
    "constructs/cluster",
    "constructs/source",
    "constructs/notifications",
    "constructs/operations",
    "constructs/topology",
    "constructs",
  ],
  lambdas: [
    "lambdas/runtime",
    "lambdas/notifier/runtime",
    "lambdas/notifier/render",
    "lambdas/notifier/channels",
    "lambdas/notifier",
    "lambdas/reconciler/runtime",
    "lambdas/reconciler/aws",
    "lambdas/reconciler/secrets",
    "lambdas/reconciler/store",
    "lambdas/reconciler/mysql",
    "lambdas/reconciler/events",
    "lambdas/reconciler/services",
    "lambdas/reconciler/sources",
    "lambdas/reconciler/execute",
    "lambdas/reconciler/rotate",
    "lambdas/reconciler/enforce",
    "lambdas/reconciler/offboarding",
    "lambdas/reconciler/apply",
    "lambdas/reconciler/handlers",
    "lambdas/reconciler",
  ],
  cli: [
    "cli/terminal",
    "cli/proxy",
    "cli/login",
    "cli/doctor",
    "cli/matrix",
    "cli/git",
    "cli/summary",
    "cli/commands",
    "cli/commands/audit",
    "cli/commands/edit",
    "cli/commands/import",
    "cli/commands/offboard",
    "cli/commands/teams",
    "cli/commands/views",
    "cli/commands/undo",
    "cli",
  ],
  local: [
    "local/process",
    "local/aws-http",
    "local/mysql",
    "local/mail",
    "local/terraform",
    "local/lambda",
    "local/messaging",
    "local/aws",
    "local/cloud",
    "local/demo",
    "local/upgrade",
  ],
};

/** The imports that go from a folder to one above it, and the files of folders that have no entry. */
export function importsUpwards(graph: ImportGraph, layers: readonly string[]): string[] {
  const found: string[] = [];
  for (const [file, targets] of graph) {
    const floor = layers.indexOf(layerOf(file, layers));
    if (floor < 0) found.push(`${file} is in no folder of LAYERS`);
    for (const target of targets) {
      const above = layers.indexOf(layerOf(target, layers));
      if (floor >= 0 && above > floor) found.push(`${file} imports ${target}`);
    }
  }
  return found;
}

/** The entry that names most of the file's path; "" if there is none. */
function layerOf(file: string, layers: readonly string[]): string {
  const holding = layers.filter(layer => file === layer || file.startsWith(`${layer}/`));
  return holding.reduce((longest, layer) => (layer.length > longest.length ? layer : longest), "");
}
