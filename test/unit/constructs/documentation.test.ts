import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import * as api from "../../../constructs";

const ROOT = join(__dirname, "../../..");
const FOLDERS = ["terraform", "ledger", "reconciler", "cluster", "notifications", "operations", "topology"];

const sources = FOLDERS.flatMap(folder =>
  readdirSync(join(ROOT, "constructs", folder))
    .filter(file => file.endsWith(".ts"))
    .map(file => join(ROOT, "constructs", folder, file)),
).map(file => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true));

/** The names that `constructs/index.ts` exports, types included. */
const index = readFileSync(join(ROOT, "constructs/index.ts"), "utf8");
const isPublic = (name: string) => new RegExp(`\\b${name}\\b`).test(index);

const declarations = sources.flatMap(({ statements }) => [...statements]);
const classes = declarations.filter(ts.isClassDeclaration).filter(({ name }) => isPublic(name!.text));
const interfaces = declarations.filter(ts.isInterfaceDeclaration).filter(({ name }) => isPublic(name.text));
const docOf = (node: ts.Node) =>
  ts
    .getJSDocCommentsAndTags(node)
    .map(doc => doc.getText())
    .join("\n");

/** The code of an `@example`. */
const exampleOf = (node: ts.Node) =>
  ts
    .getJSDocTags(node)
    .filter(({ tagName }) => tagName.text === "example")
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join("\n");

describe("the documentation of the public constructs", () => {
  it("finds classes and interfaces", () => {
    expect(classes.length).toBeGreaterThan(15);
    expect(interfaces.length).toBeGreaterThan(25);
  });

  it("describes every prop, and the default of every optional one", () => {
    const props = interfaces.flatMap(({ members }) => members.filter(ts.isPropertySignature));
    const missing = props.filter(prop => !docOf(prop).includes(prop.questionToken ? "@default " : "/**"));
    const names = missing.map(
      ({ name, parent }) => `${(parent as ts.InterfaceDeclaration).name.text}.${name.getText()}`,
    );
    // AWS documents the parts of an IAM policy; `type` only tells members of a union apart.
    expect(names.filter(name => !/^PolicyStatement\.|Transport\.type$/.test(name))).toEqual([]);
  });

  it("has an example for every class", () => {
    expect(classes.filter(node => exampleOf(node) === "").map(({ name }) => name!.text)).toEqual([]);
  });

  it("has examples that compile", () => {
    const file = join(ROOT, "test/unit/constructs/examples-of-classes.ts");
    const names = Object.keys(api).join(", ");
    const types = interfaces.map(({ name }) => name.text).join(", ");
    const bodies = classes.map(node => `  {\n${exampleOf(node)}\n  }`).join("\n");
    const text = `import { ${names} } from "../../../constructs";
import type { ${types} } from "../../../constructs";
import type { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import type { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import type { Construct } from "constructs";
declare const reconciler: IReconciler, notifier: IAccessNotifier, alarms: AccessAlarms;
declare const orders: AuroraCluster, payments: AuroraCluster;
declare const rdsCluster: RdsCluster, writer: RdsClusterInstance;
export function examples(this: Construct) {
${bodies}
}
`;
    const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
    const host = ts.createCompilerHost(options);
    const readFile = host.readFile.bind(host);
    host.readFile = name => (name === file ? text : readFile(name));
    const { fileExists } = host;
    host.fileExists = name => name === file || fileExists(name);
    const getSourceFile = host.getSourceFile.bind(host);
    host.getSourceFile = (name, ...rest) =>
      name === file
        ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true)
        : getSourceFile(name, ...rest);
    const program = ts.createProgram([file], { ...options, noUnusedLocals: false, types: ["node"] }, host);
    const faults = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
    expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });
});
