import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TerraformStack } from "cdktf";
import { AccessNotifier, SlackChannel } from "../../../../constructs";
import { templateFromParameter, templateToParameter } from "../../../../core/contract/template-parameter";
import { fakeBundle, stackOf, synth } from "../synth";

const slack = new SlackChannel({
  webhookSecretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf",
});
const notifierIn = (stack: TerraformStack, templates: string) =>
  new AccessNotifier(stack, "Notifier", { channels: [slack], bundle: fakeBundle(), templates });

describe("templates", () => {
  const parent = mkdtempSync(join(tmpdir(), "templates-"));
  afterAll(() => rmSync(parent, { recursive: true, force: true }));
  const folderOf = (files: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(parent, "of-"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };

  it("become parameters that Parameter Store accepts and Terraform does not evaluate", () => {
    const text = 'Hello {{name}}, ${path.root} %{if} "x" {{#after}}{{database}}\n{{/after}}';
    const stack = stackOf();
    notifierIn(stack, folderOf({ "access.granted.text": text, "README.md": "x" }));
    const { resource, locals } = synth(stack);
    expect(locals["aurora-users-notifier-config"].templates).toEqual({
      "access.granted.text": "/aurora-users-notifier/templates/access.granted.text",
    });
    const { name, insecure_value: value } =
      resource["aws_ssm_parameter"]!["aurora-users-notifier-access_granted_text"];
    expect(name).toBe("/aurora-users-notifier/templates/access.granted.text");
    expect(value).not.toContain("{{");
    expect(value).not.toMatch(/(^|[^$])\$\{|(^|[^%])%\{/);
    expect(templateFromParameter(value.replaceAll("$${", "${").replaceAll("%%{", "%{"))).toBe(text);
  });

  it.each(["{{{{a}}}}", "{{a}}{{b}}", "{", '"', "\\u007b", "plain", "{ {"])(
    "survive the round trip through a parameter: %s",
    text => {
      expect(templateToParameter(text)).not.toContain("{{");
      expect(templateFromParameter(templateToParameter(text))).toBe(text);
    },
  );

  it("that someone wrote into the parameter by hand are used unchanged", () => {
    for (const text of ["Hello [[name]]", '"no JSON']) expect(templateFromParameter(text)).toBe(text);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      "a name that is not an event's",
      { "access.grant.html": "x" },
      /must hold files named .* got: access\.grant\.html/,
    ],
    ["unescaped text", { "access.granted.html": "{{{name}}}" }, /unescaped tag/],
    ["unescaped text, written differently", { "access.granted.html": "{{ & name }}" }, /unescaped tag/],
    ["a partial", { "access.granted.html": "{{> x}}" }, /a partial or other delimiters/],
    [
      "other delimiters",
      { "access.granted.html": "{{=<% %>=}}<%& name %>" },
      /a partial or other delimiters/,
    ],
    ["an empty template", { "access.granted.html": " " }, /is empty/],
    [
      "a template that is too large for a parameter",
      { "access.granted.html": "x".repeat(8200) },
      /must have at most 8192 bytes/,
    ],
    ["a token", { "access.granted.html": "TfToken[TOKEN.0]" }, /must be plain text/],
  ])("are refused with %s", (_, files, message) =>
    expect(() => notifierIn(stackOf(), folderOf(files))).toThrow(message),
  );
});
