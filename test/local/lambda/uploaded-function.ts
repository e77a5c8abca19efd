import { strToU8, zipSync } from "fflate";

import type { LocalAws } from "../../../local/aws/aws-endpoint";

type Configuration = {
  Timeout?: number;
  MemorySize?: number;
  Environment?: { Variables: Record<string, string> };
};

/** Calls Lambda's API as Terraform's provider does. */
async function lambda(aws: LocalAws, method: string, path: string, body: object): Promise<void> {
  const authorization =
    "AWS4-HMAC-SHA256 Credential=any/20200101/eu-central-1/lambda/aws4_request, SignedHeaders=host, Signature=none";
  const headers = { authorization, "content-type": "application/json" };
  const response = await fetch(`${aws.endpoint}/2015-03-31/functions${path}`, {
    method,
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

export function zipOf(source: string): string {
  return Buffer.from(zipSync({ "index.js": strToU8(source) })).toString("base64");
}

/** The role that moto requires for a function. */
export async function createRole(aws: LocalAws): Promise<void> {
  const authorization =
    "AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none";
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const body = new URLSearchParams({
    Action: "CreateRole",
    Version: "2010-05-08",
    RoleName: "function",
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  });
  const response = await fetch(aws.endpoint, { method: "POST", headers: { authorization }, body });
  if (!response.ok) throw new Error(await response.text());
}

export async function createFunction(
  aws: LocalAws,
  name: string,
  source: string,
  configuration: Configuration = {},
): Promise<void> {
  await lambda(aws, "POST", "", {
    FunctionName: name,
    Runtime: "nodejs20.x",
    Role: "arn:aws:iam::123456789012:role/function",
    Handler: "index.run",
    Code: { ZipFile: zipOf(source) },
    Publish: true,
    ...configuration,
  });
}

export async function updateCode(aws: LocalAws, name: string, source: string): Promise<void> {
  await lambda(aws, "PUT", `/${name}/code`, { ZipFile: zipOf(source) });
}

export async function updateConfiguration(
  aws: LocalAws,
  name: string,
  configuration: Configuration,
): Promise<void> {
  await lambda(aws, "PUT", `/${name}/configuration`, configuration);
}

/** Lets Secrets Manager call a function. */
export const allowSecretsManager = (aws: LocalAws, name: string): Promise<void> =>
  lambda(aws, "POST", `/${name}/policy`, {
    StatementId: "rotation",
    Action: "lambda:InvokeFunction",
    Principal: "secretsmanager.amazonaws.com",
  });
