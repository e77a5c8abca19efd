import type { IConstruct } from "constructs";

const ENTRIES = { cdktf: "cdktf-aurora-users", cdktn: "cdktf-aurora-users/cdktn" } as const;
type Framework = keyof typeof ENTRIES;

const NAMES: Readonly<Record<Framework, string>> = { cdktf: "CDKTF", cdktn: "CDK Terrain" };

// The build rewrites the names of the packages in the copy for CDK Terrain: see scripts/build-cdktn.mjs.
try {
  require.resolve("cdktf");
  require.resolve("@cdktf/provider-aws/lib/provider");
} catch (cause) {
  const [missing] = String((cause as Error).message).split("\n");
  throw new Error(
    `${missing}. An app of CDKTF has the packages cdktf and @cdktf/provider-aws, and imports from ` +
      `"${ENTRIES.cdktf}"; an app of CDK Terrain has cdktn and @cdktn/provider-aws, and imports from ` +
      `"${ENTRIES.cdktn}"`,
    { cause },
  );
}

const RTTI = Symbol.for("jsii.rtti");

/** A framework and its version, as the classes that jsii compiled say: `cdktf 0.21.0`. */
interface FrameworkVersion {
  readonly framework: Framework;
  readonly version: string;
}

/**
 * The framework that a class, or the class that it extends, is from; nothing for a class of neither.
 * @see https://github.com/aws/jsii (the symbol `jsii.rtti` of compiled classes)
 */
function frameworkOf(type: object): FrameworkVersion | undefined {
  const { fqn = "", version = "" } =
    (type as { readonly [RTTI]?: { readonly fqn?: string; readonly version?: string } })[RTTI] ?? {};
  const [framework = ""] = fqn.split(".");
  return Object.hasOwn(ENTRIES, framework) ? { framework: framework as Framework, version } : undefined;
}

/**
 * Why constructs on `own`, a class of the framework that this package was loaded with, do not work in the app
 * of `scope`; nothing if they do. Both frameworks find their stacks by the same symbols, so the wrong one
 * type-checks, and would fail in the middle of the synthesis.
 */
export function wrongFramework(scope: IConstruct, own: object): string | undefined {
  const ours = frameworkOf(own);
  const found = scope.node.scopes.map(construct => frameworkOf(construct.constructor));
  const apps = found.find(one => one !== undefined && one.framework !== ours?.framework);
  if (!ours || !apps) return undefined;
  const text = ({ framework, version }: FrameworkVersion) => `${NAMES[framework]} (${framework} ${version})`;
  return (
    `this is an app of ${text(apps)}, and this construct is made for ${text(ours)}: ` +
    `import it from "${ENTRIES[apps.framework]}"`
  );
}
