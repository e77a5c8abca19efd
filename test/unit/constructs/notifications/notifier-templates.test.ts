import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TerraformStack } from "cdktf";
import { AccessNotifier, SlackChannel } from "../../../../constructs";
import { templateFromParameter, templateToParameter } from "../../../../core/contract/template-parameter";
import { templateFault } from "../../../../core/events/template-fault";
import { TEMPLATE_VARIABLES } from "../../../../core/events/template-variables";
import { HTML_TEMPLATES } from "../../../../lambdas/notifier/render/html-templates";
import { SUBJECT_TEMPLATES, TEXT_TEMPLATES } from "../../../../lambdas/notifier/render/text-templates";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import { granted } from "../../../support/notifier-events";
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

  const templatesIn = (files: Readonly<Record<string, string>>) => {
    const stack = stackOf();
    notifierIn(stack, folderOf(files));
    return stack;
  };

  it("become parameters that Parameter Store accepts and Terraform does not evaluate", () => {
    const text = 'Hello {{name}}, ${path.root} %{if} "x" {{#lines}}{{database}}\n{{/lines}}';
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

  it("may be the shipped ones, with comments, white space, dots and unescaped text in plain text", () => {
    const shipped = [SUBJECT_TEMPLATES, HTML_TEMPLATES, TEXT_TEMPLATES].map(of => Object.entries(of));
    const kinds = ["subject", "html", "text"];
    const files = shipped.flatMap((of, index) =>
      of.map(([event, text]) => [`${event}.${kinds[index]}`, text]),
    );
    const text =
      "{{! a }} {{ # lines }}{{ database }} {{ . }}{{ / lines }}{{#login}}{{account}}{{/login}}{{login.host}}";
    for (const [name, template] of [...files, ["access.granted.text", text]])
      expect([name, templateFault(template!)]).toEqual([name, undefined]);
    expect(() => synth(templatesIn({ "access.granted.text": text }))).not.toThrow();
  });

  it("know each variable that the function has", () => {
    const view: Record<string, unknown> = viewOf(granted());
    expect(Object.keys(TEMPLATE_VARIABLES).sort()).toEqual(Object.keys(view).sort());
    const [line] = view["lines"] as object[];
    expect([...(TEMPLATE_VARIABLES.lines as readonly string[])].sort()).toEqual(Object.keys(line!).sort());
    expect([...(TEMPLATE_VARIABLES.login as readonly string[])].sort()).toEqual(
      Object.keys(view["login"]!).sort(),
    );
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
    ["a tag without an end", { "access.granted.html": "Hi {{name" }, /line 1: `\{\{name` has no `\}\}`/],
    ["one brace too few", { "access.granted.text": "a\n{{account}\nb" }, /line 2: .* has no `\}\}`/],
    [
      "a section without an end",
      { "access.granted.html": "a\n{{#lines}}x" },
      /line 2: \{\{#lines\}\} has no \{\{\/lines\}\}/,
    ],
    [
      "an inverted one",
      { "access.granted.html": "{{^hasAccess}}none" },
      /\{\{\^hasAccess\}\} has no \{\{\/hasAccess\}\}/,
    ],
    [
      "the end of another",
      { "access.granted.html": "{{#lines}}{{/login}}" },
      /\{\{\/login\}\} ends \{\{#lines\}\}/,
    ],
    ["an end alone", { "access.granted.html": "x{{/lines}}" }, /\{\{\/lines\}\} ends nothing/],
    [
      "an unknown variable",
      { "access.granted.html": "{{acount}}" },
      /line 1: unknown variable "acount"; did you mean "account"\?/,
    ],
    [
      "one of another language",
      { "access.expiring.subject": "Hallo {{ benutzer }}" },
      /unknown variable "benutzer"/,
    ],
    [
      "an unknown section",
      { "reconcile.failed.text": "{{#acounts}}{{.}}{{/acounts}}" },
      /unknown variable "acounts"; did you mean "accounts"/,
    ],
    [
      "a variable outside its section",
      { "access.granted.text": "{{database}}" },
      /unknown variable "database" here; it is known within \{\{#lines\}\} and \{\{#ending\}\}/,
    ],
    [
      "one in a wrong section",
      { "access.granted.text": "{{#login}}{{role}}{{/login}}" },
      /unknown variable "role" here/,
    ],
    [
      "a part that is not there",
      { "access.granted.text": "{{login.hosts}}" },
      /unknown variable "login.hosts"; did you mean "login.host"/,
    ],
    ["a token", { "access.granted.html": "TfToken[TOKEN.0]" }, /must be plain text/],
  ])("are refused with %s", (_, files, message) =>
    expect(() => notifierIn(stackOf(), folderOf(files))).toThrow(message),
  );
});
