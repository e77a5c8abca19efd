import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type LocalAws, startAws } from "../../../local/aws/aws-endpoint";
import { findTerraform, Terraform, terraformEnvironment } from "../../../local/terraform/terraform";
import { zipOf } from "../lambda/uploaded-function";

const SOURCE = "exports.run = async event => ({ seen: event.value, of: process.env.OF });";
const CONFIGURATION = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "value" { default = "one" }
variable "of" { default = "first" }
resource "aws_iam_role" "role" {
  name               = "function"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}
resource "aws_lambda_function" "function" {
  function_name    = "from-terraform"
  role             = aws_iam_role.role.arn
  runtime          = "nodejs20.x"
  handler          = "index.run"
  filename         = "code.zip"
  source_code_hash = filebase64sha256("code.zip")
  environment {
    variables = { OF = var.of }
  }
}
resource "aws_lambda_invocation" "hook" {
  function_name   = aws_lambda_function.function.function_name
  lifecycle_scope = "CRUD"
  input           = jsonencode({ value = var.value })
}
data "aws_lambda_invocation" "preview" {
  function_name = "from-terraform"
  input         = jsonencode({ value = "preview" })
  depends_on    = [aws_lambda_function.function]
}
output "hook" { value = aws_lambda_invocation.hook.result }
`;

let aws: LocalAws;
let terraform: Terraform;
let directory: string;

beforeAll(async () => {
  aws = await startAws();
  directory = mkdtempSync(join(tmpdir(), "aurora-users-terraform-"));
  writeFileSync(join(directory, "main.tf"), CONFIGURATION);
  writeFileSync(join(directory, "code.zip"), Buffer.from(zipOf(SOURCE), "base64"));
  terraform = new Terraform(directory, {
    ...aws.environment,
    ...(await terraformEnvironment(join(directory, "cli"))),
  });
}, 120_000);
afterAll(async () => {
  await aws?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test("Terraform uploads a function and calls it, and the next plan is empty", async () => {
  expect((await terraform.init()).text).toContain("has been successfully initialized");
  const plan = await terraform.plan();
  expect(plan).toMatchObject({ exitCode: 2, ok: true, changes: true });
  expect(plan.json?.resource_changes?.map(change => change.address).sort()).toEqual([
    ...[
      "aws_iam_role.role",
      "aws_lambda_function.function",
      "aws_lambda_invocation.hook",
      "data.aws_lambda_invocation.preview",
    ],
  ]);
  const apply = await terraform.apply(plan.file);
  expect(apply.text).toContain("Apply complete!");
  expect(apply.text).toContain('hook = "{\\"seen\\":\\"one\\",\\"of\\":\\"first\\"}"');
  expect(await terraform.planText()).toMatchObject({ exitCode: 0, ok: true, changes: false });
  expect(await terraform.stateList()).toContain("aws_lambda_invocation.hook");
}, 120_000);

test("a function that cannot be reached fails an apply within seconds", async () => {
  for (const fault of ["unreachable", "service-error"] as const) {
    aws.fault("from-terraform", fault);
    const calls = aws.invocations.length;
    const started = performance.now();
    const apply = await terraform.apply("-refresh=false", "-var=value=two");
    expect(apply.ok).toBe(false);
    expect(apply.text).toMatch(/Lambda Function \(from-terraform\)|Invoke/i);
    expect(aws.invocations).toHaveLength(calls);
    expect(performance.now() - started).toBeLessThan(30_000);
    aws.clearFaults();
  }
}, 120_000);

test("a failed command is reported in the result, without an exception", async () => {
  writeFileSync(join(directory, "broken.tf"), "resource {");
  const plan = await terraform.planText();
  rmSync(join(directory, "broken.tf"));
  expect(plan).toMatchObject({
    exitCode: 1,
    ok: false,
    changes: false,
    text: expect.stringContaining("Error:"),
  });
}, 120_000);

test("without Terraform the error says what to install", () => {
  const { TERRAFORM_BINARY_NAME: before } = process.env;
  process.env["TERRAFORM_BINARY_NAME"] = "no-such-terraform";
  try {
    expect(() => findTerraform()).toThrow(/no-such-terraform is missing: install Terraform .* or OpenTofu/);
  } finally {
    if (before === undefined) delete process.env["TERRAFORM_BINARY_NAME"];
    else process.env["TERRAFORM_BINARY_NAME"] = before;
  }
});
