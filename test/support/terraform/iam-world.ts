import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { type LocalAws, startAws } from "../../../local/aws/aws-endpoint";
import { providerSettings } from "../../../local/aws/provider-settings";
import { Terraform, terraformEnvironment } from "../../../local/terraform/terraform";
import { must } from "./plan";
import { SharedProvider } from "./shared-provider";

/** The ARNs that a role may log in to. */
export type Access = ReadonlySet<string>;

type Parameters = Readonly<Record<string, string>>;

/** What the ARNs of `kept` a role did not have after each of the steps. */
export const lostOnTheWay = (kept: Access, steps: readonly Access[]): string[] =>
  steps.flatMap((access, step) =>
    [...kept].filter(arn => !access.has(arn)).map(arn => `after step ${step + 1}: ${arn}`),
  );

/** IAM, and stacks on it, without a cluster. It keeps each change of a role's policies, in order. */
export class IamWorld {
  readonly #calls: Parameters[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), "iam-"));
  #provider: SharedProvider | undefined;

  private constructor(readonly aws: LocalAws) {
    // Sees each request with its body, and fails none.
    aws.faultService(({ body, service }) => {
      if (service === "iam") this.#calls.push(Object.fromEntries(new URLSearchParams(String(body))));
      return false;
    }, "error");
  }

  static async start(): Promise<IamWorld> {
    return new IamWorld(await startAws());
  }

  async stop(): Promise<void> {
    await Promise.all([this.aws.stop(), this.#provider?.stop()]);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Calls IAM. @throws Error unless the call succeeds */
  async iam(action: string, parameters: Parameters): Promise<void> {
    const { endpoint, region } = this.aws;
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=any/20200101/${region}/iam/aws4_request, SignedHeaders=host, Signature=none`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ Action: action, Version: "2010-05-08", ...parameters }).toString(),
    });
    if (!response.ok) throw new Error(`${action} failed: ${await response.text()}`);
  }

  async makeRole(name: string, Statement: readonly object[], tags: Parameters = {}): Promise<void> {
    const tagged = Object.entries(tags).flatMap(([key, value], index) => [
      [`Tags.member.${index + 1}.Key`, key],
      [`Tags.member.${index + 1}.Value`, value],
    ]);
    const trust = JSON.stringify({ Version: "2012-10-17", Statement });
    await this.iam("CreateRole", {
      RoleName: name,
      AssumeRolePolicyDocument: trust,
      ...Object.fromEntries(tagged),
    });
  }

  /** Synthesises a stack into the directory that holds its state. */
  async declare(id: string, build: (stack: TerraformStack) => void): Promise<Terraform> {
    const outdir = mkdtempSync(join(this.#directory, "out-"));
    const directory = join(this.#directory, id);
    const app = new App({ outdir });
    const stack = new TerraformStack(app, id);
    new LocalBackend(stack, { path: join(directory, "terraform.tfstate") });
    new AwsProvider(stack, "aws", providerSettings(this.aws));
    build(stack);
    app.synth();
    cpSync(join(outdir, "stacks", id), directory, { recursive: true });
    const environment = { ...this.aws.environment, ...(await terraformEnvironment(this.#directory)) };
    this.#provider ??= await SharedProvider.start(directory, environment);
    this.#provider.use(directory);
    const terraform = new Terraform(directory, { ...environment, ...this.#provider.environment });
    if (!existsSync(join(directory, ".terraform"))) must(await terraform.init());
    return terraform;
  }

  /** A moment, for `stepsSince`. */
  mark = (): number => this.#calls.length;

  /** What a role may log in to after each change of its policies since then. */
  stepsSince(mark: number, role: string): Access[] {
    const policies = new RolePolicies(role);
    return this.#calls.flatMap((call, index) => {
      const changed = policies.change(call);
      return changed && index >= mark ? [policies.access()] : [];
    });
  }

  access = (role: string): Access => this.#policiesOf(role).access();

  /** The names of a role's inline policies, sorted. */
  inlinePolicies = (role: string): string[] => [...this.#policiesOf(role).inline.keys()].sort();

  policyCount(role: string): number {
    const { attached, inline } = this.#policiesOf(role);
    return attached.size + inline.size;
  }

  #policiesOf(role: string): RolePolicies {
    const policies = new RolePolicies(role);
    for (const call of this.#calls) policies.change(call);
    return policies;
  }
}

/** The policies of a role, from the calls that change them. */
class RolePolicies {
  readonly inline = new Map<string, string>();
  readonly attached = new Set<string>();
  readonly #managed = new Map<string, string>();

  constructor(readonly role: string) {}

  /** @returns whether the call changes what a role may do */
  change(call: Parameters): boolean {
    const { Action, PolicyArn = "", PolicyDocument = "", PolicyName = "", RoleName } = call;
    if (Action === "CreatePolicy") this.#managed.set(PolicyName, PolicyDocument);
    if (Action === "CreatePolicyVersion") this.#managed.set(nameIn(PolicyArn), PolicyDocument);
    if (Action === "CreatePolicyVersion") return true;
    if (RoleName !== this.role) return false;
    if (Action === "PutRolePolicy") this.inline.set(PolicyName, PolicyDocument);
    else if (Action === "DeleteRolePolicy") this.inline.delete(PolicyName);
    else if (Action === "AttachRolePolicy") this.attached.add(nameIn(PolicyArn));
    else if (Action === "DetachRolePolicy") this.attached.delete(nameIn(PolicyArn));
    else return false;
    return true;
  }

  access(): Access {
    const documents = [...this.inline.values(), ...[...this.attached].map(name => this.#managed.get(name)!)];
    return new Set(
      documents.flatMap(document =>
        (JSON.parse(document).Statement as { Resource: string[] }[]).flatMap(({ Resource }) => Resource),
      ),
    );
  }
}

const nameIn = (arn: string): string => arn.split("/").at(-1)!;
