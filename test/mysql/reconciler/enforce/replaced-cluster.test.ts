import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { enforcementFixture, HOUR } from "./enforcement-fixture";
import { until } from "./rosters-until";

describe("another cluster at the registered endpoint", () => {
  const fixture = enforcementFixture();
  const found = (resourceIdAt: () => Promise<string | undefined>): Services => ({
    ...fixture.services,
    identity: { resourceIdAt },
  });
  const failures = () =>
    fixture.events("reconcile.failed").map(({ detail }) => (detail as { message: string }).message);

  it("is said once, after what is due was done, and until it is registered", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), ann: undefined }));
    fixture.forgetEvents();
    fixture.pass(HOUR);
    const switched = found(async () => "cluster-GREEN");
    for (let run = 0; run < 2; run++)
      await expect(fixture.enforce("orders", switched)).rejects.toThrow(
        /ClusterReplaced: orders: localhost is the cluster cluster-GREEN now, and cluster-LOCALORDERS is registered\. Nobody can log in .*Plan and apply\./,
      );
    expect(await fixture.accounts()).toEqual(["sl_ann"]);
    expect(failures()).toEqual([expect.stringContaining("cluster-GREEN")]);
    await fixture.register("orders", { resourceId: "cluster-GREEN" });
    expect(await fixture.enforce("orders", switched)).toMatchObject({ outcome: "enforced" });
  });

  it("is said instead of what else failed: an administrator with an IAM token cannot log in either", async () => {
    await fixture.planAndApply("orders", until({ ann: undefined }));
    fixture.aws.faultService(({ service }) => service === "secretsmanager", {
      status: 400,
      type: "ResourceNotFoundException",
    });
    const switched = { ...found(async () => "cluster-GREEN"), connect: fixture.freshServices().connect };
    await expect(fixture.enforce("orders", switched)).rejects.toThrow(/ClusterReplaced/);
    fixture.aws.clearFaults();
  });

  test.each<[string, Partial<RegistryEntry>, () => Promise<string | undefined>]>([
    ["was named beforehand", { nextResourceIds: ["cluster-GREEN"] }, async () => "cluster-GREEN"],
    [
      "is one of several that were",
      { nextResourceIds: ["cluster-GREEN", "cluster-RESTORED"] },
      async () => "cluster-RESTORED",
    ],
    ["is the registered one", {}, async () => "cluster-LOCALORDERS"],
    ["has no endpoint of Aurora", {}, async () => undefined],
    ["nobody can describe", {}, () => Promise.reject(new Error("AccessDenied"))],
  ])("is no failure if it %s", async (_, entry, resourceIdAt) => {
    await fixture.register("orders", entry);
    await fixture.planAndApply("orders", until({ ann: undefined }));
    expect(await fixture.enforce("orders", found(resourceIdAt))).toMatchObject({ outcome: "enforced" });
  });
});
