import { Testing } from "cdktf";
import { ParameterStoreSource, type ParameterStoreSourceProps, SHIPPED_ROLES } from "../../../../constructs";
import { defined } from "../../../../core/json";
import type { Ceiling } from "../../../../core/roster/ceiling";
import { clusterIn, stackOf, synth } from "../synth";

const { trusted_admin: _, ...underDefaultCeiling } = SHIPPED_ROLES;

describe("the roles of a source", () => {
  const sourceUnder = (ceiling: Ceiling | undefined, roles?: ParameterStoreSourceProps["roles"]) => {
    const stack = stackOf();
    const cluster = clusterIn(stack, ceiling ? { ceiling } : {});
    new ParameterStoreSource(stack, "Source", {
      name: "shop/prod",
      clusters: [{ cluster, databases: ["shop"] }],
      ...defined({ roles }),
    });
    return synth(stack).locals["orders-registry"].sources[0].roles;
  };

  it.each<[string, Ceiling]>([
    ["SELECT", { privileges: ["SELECT"] }],
    ["SELECT and what no shipped role consists of", { privileges: ["SELECT", "DROP"] }],
    ["SELECT on one database", { privileges: ["SELECT"], databases: ["shop"] }],
  ])("are `read` alone if none are given and the ceiling allows %s", (_, ceiling) =>
    expect(sourceUnder(ceiling)).toEqual({ read: ["SELECT"] }),
  );

  it.each<[string, Ceiling | undefined, string]>([
    ["nothing but the default", undefined, "write, read_write, admin"],
    ["one role more", { privileges: ["SELECT", "INSERT", "UPDATE"] }, "write"],
    [
      "all but the schema",
      { privileges: ["SELECT", "INSERT", "UPDATE", "DELETE"], databases: ["shop"] },
      "write, read_write",
    ],
  ])("must be named where earlier releases gave more than `read`: a ceiling of %s", (_, ceiling, others) =>
    expect(() => sourceUnder(ceiling)).toThrow(
      `\`roles\` must be given for orders: the default is \`read\` alone, and in earlier releases it was also ${others}.`,
    ),
  );

  it("are the named ones, all of the earlier default included", () => {
    expect(sourceUnder(undefined, { read: ["SELECT"] })).toEqual({ read: ["SELECT"] });
    expect(sourceUnder(undefined, underDefaultCeiling)).toEqual(underDefaultCeiling);
  });
});

describe("the permission to take accounts over", () => {
  it.each([
    [undefined, undefined],
    [false, undefined],
    [true, true],
  ])("is in the registry entry only where the stack gives it: %s", (adoptAccounts, expected) => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    const props = { name: "shop/prod", roles: { read: ["SELECT"] }, ...defined({ adoptAccounts }) } as const;
    new ParameterStoreSource(stack, "Source", { ...props, clusters: [{ cluster, databases: ["shop"] }] });
    const [source] = synth(stack).locals["orders-registry"].sources;
    expect(source.adoptAccounts).toBe(expected);
    expect(Object.hasOwn(source, "adoptAccounts")).toBe(expected === true);
  });
});

describe("the parameters of two sources", () => {
  const declare = (first: string, second: string) => {
    const app = Testing.app();
    for (const [index, parameterName] of [first, second].entries()) {
      const stack = stackOf(app, `s${index}`);
      new ParameterStoreSource(stack, "Source", {
        name: `source${index}`,
        parameterName,
        clusters: [{ cluster: clusterIn(stack, {}, `c${index}`), databases: ["shop"] }],
        roles: { read: ["SELECT"] },
      });
    }
  };

  it.each([
    ["the same", "/teams/shop", "/teams/shop"],
    ["one below the other", "/teams/shop", "/teams/shop/prod"],
    ["one above the other", "/teams/shop/prod/eu", "/teams"],
    ["one where the other has its pieces", "/teams/shop", "/teams/shop/0123456789ab/1"],
  ])("may not be %s", (_, first, second) =>
    expect(() => declare(first, second)).toThrow(
      `[s1/Source] \`parameterName\` must not be the parameter of another source, nor above or below it: ${second} and ${first} of s0/Source.`,
    ),
  );

  it("may not be nested by their default names either", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    const source = (name: string) =>
      new ParameterStoreSource(stack, name.replace("/", "-"), {
        name,
        clusters: [{ cluster, databases: ["shop"] }],
        roles: { read: ["SELECT"] },
      });
    source("shop");
    expect(() => source("shop/prod")).toThrow(/`parameterName` must not be the parameter of another source/);
  });

  it.each([
    ["next to each other", "/teams/shop", "/teams/store"],
    ["with one name that begins like the other", "/teams/shop", "/teams/shop-prod"],
    ["in another case", "/teams/shop", "/Teams/shop"],
  ])("may be %s", (_, first, second) => expect(() => declare(first, second)).not.toThrow());
});

describe("the domains of a source's mails", () => {
  const declare = (mailDomains: readonly string[] | undefined, settings: readonly string[]) => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    const props = { name: "shop/prod", roles: { read: ["SELECT"] }, ...defined({ mailDomains }) } as const;
    const source = new ParameterStoreSource(stack, "Source", {
      ...props,
      clusters: [{ cluster, databases: ["shop"] }],
    });
    // The users folder may be read after the source was declared.
    cluster.addMailDomains(settings);
    const registered = synth(stack).locals["orders-registry"].sources[0].mailDomains;
    const warnings = source.node.metadata.map(({ data }) => String(data));
    return [registered, warnings];
  };

  it.each<[string, readonly string[] | undefined, readonly string[], readonly string[] | undefined]>([
    ["those of the settings by default", undefined, ["example.com"], ["example.com"]],
    ["those of the prop", ["other.example"], ["example.com"], ["other.example"]],
    ["none, if that is said", [], ["example.com"], undefined],
    ["none, if that is said and the settings have none", [], [], undefined],
  ])("are %s", (_, mailDomains, settings, expected) =>
    expect(declare(mailDomains, settings)).toEqual([expected, []]),
  );

  it("are none if nobody names one, and synth says so", () => {
    const [registered, warnings] = declare(undefined, []);
    expect(registered).toBeUndefined();
    expect(warnings).toEqual([
      "no mail goes to users of the source shop/prod on orders: set `mailDomains`, to [] if that is meant, " +
        "or name `emailDomains` in settings.yaml",
    ]);
  });

  it.each(["a@example.com", "*.example.com", "com", "${path.root}"])("are domains: %s is refused", domain =>
    expect(() => declare([domain], [])).toThrow(/`mailDomains\.0`/),
  );
});
