import { readPlan } from "../../../../core/summary/read-plan";
import { summarizePlan } from "../../../../core/summary/summarize-plan";
import { rosterOf } from "../../../support/observed";
import { NOW, planJson } from "../../../support/summary-plans";

describe("a plan that gives nobody access yet", () => {
  const CEILING = { privileges: ["SELECT"] };
  const shop = { name: "shop/prod", roles: { read: ["SELECT"] } };
  const plan = (before: object | null, after: object | string | null) => {
    const value = (entry: object | string | null) =>
      entry && {
        insecure_value:
          typeof entry === "string"
            ? undefined
            : JSON.stringify({ cluster: "orders", drift: "report", unmanaged: "remove", ...entry }),
      };
    const change = { actions: ["update"], before: value(before), after: value(after) };
    const parameter = {
      address: "aws_ssm_parameter.orders-registry",
      type: "aws_ssm_parameter",
      name: "orders-registry",
      change,
    };
    const roster = rosterOf({ sl_jane: { orders: "read" } });
    const made = JSON.parse(planJson([{ cluster: "orders", before: roster, after: roster }])) as {
      resource_changes: object[];
    };
    return { ...made, resource_changes: [...made.resource_changes, parameter] };
  };

  it.each<[string, object | null, object | string | null, string | undefined]>([
    ["nothing of an entry that is the same", { ceiling: CEILING }, { ceiling: CEILING }, undefined],
    ["nothing of another host", { ceiling: CEILING, host: "a" }, { ceiling: CEILING, host: "b" }, undefined],
    [
      "a raised ceiling",
      { ceiling: CEILING },
      { ceiling: { privileges: ["SELECT", "DROP"] } },
      "ceiling changed",
    ],
    ["a new source", { ceiling: CEILING }, { ceiling: CEILING, sources: [shop] }, "source shop/prod added"],
    [
      "what a source may give",
      { ceiling: CEILING, sources: [shop] },
      { ceiling: CEILING, sources: [{ ...shop, roles: { read: ["SELECT", "DROP"] } }] },
      "source shop/prod changed",
    ],
    [
      "the accounts without the prefix",
      { ceiling: CEILING, takeOver: { jane: "jane@%" } },
      { ceiling: CEILING, alsoManages: ["app@%"] },
      "alsoManages added, takeOver DROPPED",
    ],
    [
      "what happens to the undeclared",
      { ceiling: CEILING },
      { ceiling: CEILING, unmanaged: "report" },
      "unmanaged changed",
    ],
    [
      "the source of a new cluster",
      null,
      { ceiling: CEILING, sources: [shop] },
      "new, with source shop/prod added",
    ],
    ["nothing of a new cluster without one", null, { ceiling: CEILING }, undefined],
    ["that it does not know yet", { ceiling: CEILING }, "unknown", "not known yet"],
    ["nothing of another parameter", { name: "x" }, { name: "y" }, undefined],
  ])("says on top %s", (_, before, after, expected) => {
    const warnings = summarizePlan(readPlan(JSON.stringify(plan(before, after)), "plan.json", NOW))
      .clusters[0]!.warnings;
    expect(warnings).toEqual(
      expected === undefined ? [] : [`the registry entry changes, which no row shows: ${expected}`],
    );
  });
});
