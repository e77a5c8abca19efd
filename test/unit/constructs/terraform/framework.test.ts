import { App, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import * as api from "../../../../constructs";
import { AccessConstruct } from "../../../../constructs/terraform/access-construct";
import { wrongFramework } from "../../../../constructs/terraform/framework";
import { stackOf } from "../synth";

const RTTI = Symbol.for("jsii.rtti");
type Class<T> = abstract new (...args: never[]) => T;

/** A class as the compiler of CDK Terrain marks it: the same symbols as CDKTF's, another name. */
function madeFor<T, C extends Class<T>>(type: C, framework: string): C {
  abstract class Other extends (type as Class<object>) {}
  Object.defineProperty(Other, RTTI, {
    value: { fqn: `${framework}.${type.name}`, version: "0.24.0" },
  });
  return Other as unknown as C;
}
const TerrainApp = madeFor(App, "cdktn");
const TerrainStack = madeFor(TerraformStack, "cdktn");
/** Classes of an app's own, that extend those of the framework. */
class OwnStack extends TerrainStack {}
class OwnConstruct extends Construct {}

const attributes = { name: "orders", resourceId: "cluster-ORDERS" };
const SENTENCE =
  /^\[app\/[^\]]+\] this is an app of CDK Terrain \(cdktn 0\.24\.0\), and this construct is made for CDKTF \(cdktf 0\.21\.0\): import it from "cdktf-aurora-users\/cdktn"$/;

describe("constructs for CDKTF in an app of CDK Terrain", () => {
  const app = new TerrainApp();
  const scopes: readonly (readonly [string, Construct])[] = [
    ["its stack", new TerrainStack(app, "app")],
    ["a stack that extends its class", new OwnStack(new TerrainApp(), "app")],
    ["a construct within its stack", new OwnConstruct(new OwnStack(app, "other"), "app")],
  ];

  it.each(scopes)("the first construct in %s says which entry to import", (_, scope) => {
    const inner = new OwnConstruct(new TerrainStack(new TerrainApp(), "app"), "inner");
    for (const where of [inner, new OwnConstruct(scope, "within")]) {
      const make = () => new api.AccessLedger(where, "Ledger");
      expect(make).toThrow(api.ValidationError);
      expect(make).toThrow(/import it from "cdktf-aurora-users\/cdktn"$/);
    }
    expect(() => new api.AccessLedger(inner, "Ledger")).toThrow(SENTENCE);
  });

  it("each kind of construct does, those that are only imported too, and leaves nothing in the stack", () => {
    const stack = new TerrainStack(new TerrainApp(), "app");
    const props = { channels: [] } as never;
    const makers: readonly (() => unknown)[] = [
      ...Object.values(api)
        .filter((one): one is typeof api.AccessLedger => isConstruct(one))
        .map(Type => () => new Type(stack, "One", props)),
      () => api.AuroraCluster.fromAuroraClusterAttributes(stack, "Imported", attributes as never),
      () => api.Reconciler.fromReconcilerAttributes(stack, "Imported"),
      () => api.AccessLedger.fromAccessLedgerAttributes(stack, "Imported"),
    ];
    expect(makers.length).toBeGreaterThan(10);
    for (const make of makers) expect(make).toThrow(/this is an app of CDK Terrain/);
    expect(stack.node.children).toEqual([]);
  });
});

const isConstruct = (one: unknown): boolean =>
  typeof one === "function" && one.prototype instanceof Construct;

it("every construct that others may make refuses a wrong app", () => {
  const unchecked = Object.entries(api).filter(
    ([, one]) =>
      isConstruct(one) && !((one as { readonly prototype: unknown }).prototype instanceof AccessConstruct),
  );
  expect(unchecked).toEqual([]);
});

describe("which framework an app has", () => {
  it("the same framework is right, in another version and in another copy too", () => {
    const Copy = madeFor(TerraformStack, "cdktf");
    expect(wrongFramework(stackOf(), TerraformStack)).toBeUndefined();
    expect(wrongFramework(new Copy(new App(), "copy"), TerraformStack)).toBeUndefined();
    expect(wrongFramework(new TerrainStack(new TerrainApp(), "app"), TerrainStack)).toBeUndefined();
  });

  it("the copy for CDK Terrain refuses an app of CDKTF", () => {
    expect(wrongFramework(stackOf(), TerrainStack)).toBe(
      "this is an app of CDKTF (cdktf 0.21.0), and this construct is made for CDK Terrain (cdktn 0.24.0): " +
        'import it from "cdktf-aurora-users"',
    );
  });

  it("a stack of the one in an app of the other is found", () => {
    const stack = new TerrainStack(new App(), "mixed");
    expect(wrongFramework(stack, TerraformStack)).toContain("an app of CDK Terrain");
    expect(wrongFramework(stack, TerrainStack)).toContain("an app of CDKTF");
  });

  it("what is made by neither says nothing", () => {
    expect(wrongFramework(new Construct(undefined as never, ""), TerraformStack)).toBeUndefined();
    expect(wrongFramework(stackOf(), Construct)).toBeUndefined();
    class Nameless extends Construct {}
    Object.defineProperty(Nameless, RTTI, { value: {} });
    expect(wrongFramework(new Nameless(stackOf(), "nameless"), TerraformStack)).toBeUndefined();
  });
});

describe("two copies of the package constructs", () => {
  /** The node of a copy that has not what this one looks for: older than 10.5. */
  const foreign = (path: string) =>
    ({ node: { path, scopes: [], addChild: () => {} } }) as unknown as Construct;

  it.each(["orders", "app/orders", ""])("says so, with the path %j", path => {
    expect(() => new api.AccessLedger(foreign(path), "Ledger")).toThrow(
      `[${path}] the app and cdktf-aurora-users use two copies of the package \`constructs\``,
    );
  });

  it("any other error of the base class is as it was", () => {
    const stack = stackOf();
    new api.AccessLedger(stack, "Ledger");
    expect(() => new api.AccessLedger(stack, "Ledger")).toThrow(
      "There is already a Construct with name 'Ledger'",
    );
  });
});
