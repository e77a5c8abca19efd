import { Testing } from "cdktf";
import { IdentityCenterOffboarding, type IdentityCenterOffboardingProps } from "../../../../constructs";
import { directoryRequestSchema } from "../../../../core/contract/offboarding";
import { leavingSchema } from "../../../../lambdas/reconciler/offboarding/leaving-user";
import { leavingEvent } from "../../../support/identity-center/leaving-events";
import { ARN, reconcilerIn, stackOf, statementsOf, synth } from "../synth";

const made = (props: Partial<IdentityCenterOffboardingProps> = {}) => {
  const stack = stackOf();
  const reconciler = reconcilerIn(stack);
  new IdentityCenterOffboarding(stack, "Offboarding", {
    reconciler,
    identityStoreId: "d-1234567890",
    ...props,
  });
  return stack;
};
const ADDRESS = "aurora-users-offboarding";

describe("IdentityCenterOffboarding", () => {
  it("sends the events of users who leave, and no others, to a queue that calls the function", () => {
    const { resource } = synth(made());
    const rule = resource["aws_cloudwatch_event_rule"]![ADDRESS];
    const pattern = JSON.parse(rule.event_pattern);
    for (const name of ["DisableUser", "DeleteUser"] as const) {
      const event = leavingEvent(name, "id-1");
      expect(pattern.source).toContain(event.source);
      expect(pattern["detail-type"]).toEqual([event["detail-type"]]);
      expect(pattern.detail.eventSource).toContain(event.detail.eventSource);
      expect(pattern.detail.eventName).toContain(name);
      expect(leavingSchema.safeParse(event).success).toBe(true);
    }
    expect(pattern.detail.eventName).toEqual(["DisableUser", "DeleteUser"]);
    expect(resource["aws_sqs_queue"]![ADDRESS]).toMatchObject({
      name: "aurora-users-offboarding",
      visibility_timeout_seconds: 330,
      redrive_policy: expect.stringContaining("aurora-users-dead-letters"),
      // SQS makes no queue before the one for its dead letters.
      depends_on: expect.arrayContaining(["aws_sqs_queue.aurora-users-dead-letters"]),
    });
    expect(statementsOf(resource["aws_sqs_queue"]![ADDRESS].policy)).toMatchObject([
      { Condition: { ArnLike: { "aws:SourceArn": [`${ARN("events")}rule/aurora-users-offboarding`] } } },
    ]);
    expect(resource["aws_lambda_event_source_mapping"]![ADDRESS]).toMatchObject({
      function_name: "aurora-users-enforce",
      batch_size: 1,
    });
  });

  it("lets the function read this directory and this queue, and reads the names by a schedule", () => {
    const { resource } = synth(made({ everyMinutes: 15 }));
    const [queue, directory] = statementsOf(resource["aws_iam_role_policy"]![ADDRESS].policy);
    expect(resource["aws_iam_role_policy"]![ADDRESS].role).toBe("aurora-users-enforce");
    expect(queue!.Resource).toBe(`${ARN("sqs")}aurora-users-offboarding`);
    expect(directory!.Action).toEqual(["identitystore:DescribeUser", "identitystore:ListUsers"]);
    expect((directory!.Resource as string[])[0]).toMatch(/identitystore\/d-1234567890$/);
    const names = resource["aws_scheduler_schedule"]![`${ADDRESS}-names`];
    expect(names.schedule_expression).toBe("rate(15 minutes)");
    expect(directoryRequestSchema.safeParse(JSON.parse(names.target.input)).success).toBe(true);
  });

  it("assumes a role where Identity Center is in another account, and says where the names are", () => {
    const assumeRoleArn = "arn:aws:iam::444455556666:role/directory-reader";
    const stack = made({ assumeRoleArn, identityStoreRegion: "eu-central-1" });
    const { locals, resource } = synth(stack);
    const [, directory] = statementsOf(resource["aws_iam_role_policy"]![ADDRESS].policy);
    expect(directory).toMatchObject({ Action: ["sts:AssumeRole"], Resource: assumeRoleArn });
    expect(resource["aws_ssm_parameter"]![`${ADDRESS}-directory`].name).toBe(
      "/aurora-users/identity-center/directory",
    );
    expect(locals[`${ADDRESS}-directory`]).toEqual({
      identityStoreId: "d-1234567890",
      region: "eu-central-1",
      assumeRoleArn,
    });
  });

  it.each([
    ["identityStoreId", { identityStoreId: "ssoins-1" }],
    ["everyMinutes", { everyMinutes: 1 }],
    ["assumeRoleArn", { assumeRoleArn: "directory-reader" }],
    ["identityStoreRegion", { identityStoreRegion: "Frankfurt" }],
  ])("refuses a wrong %s", (prop, props) => {
    expect(() => made(props)).toThrow(prop);
  });

  it("is one for each reconciler", () => {
    const app = Testing.app();
    const stack = stackOf(app);
    const reconciler = reconcilerIn(stack);
    const props = { reconciler, identityStoreId: "d-1234567890" };
    new IdentityCenterOffboarding(stack, "One", props);
    expect(() => new IdentityCenterOffboarding(stack, "Two", props)).toThrow(/rule/);
  });
});
