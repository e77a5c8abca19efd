import type { EventType } from "../../../core/events/events";
import { cell, code, dim, fact, facts, inlineCode, page, paragraph, section, table } from "./html-layout";

// Everything that comes from outside stands in double braces, which Mustache escapes, and between tags: never in an attribute.
const WAS = (value: string) => `{{#${value}}}<br>${dim(`was {{${value}}}`)}{{/${value}}}`;
const BELOW = `{{#project}}<br>${dim("Project: <bdi>{{project}}</bdi>")}{{/project}}{{#reason}}<br>${dim("Reason: <bdi>{{reason}}</bdi>")}{{/reason}}`;
const UNTIL = "{{#until}}{{until}}{{/until}}{{^until}}no end date{{/until}}";

const ACCESS = `{{#isEnded}}<tr>${cell(`<s><bdi>{{database}}</bdi></s>`)}${cell("<s><bdi>{{role}}</bdi></s>")}${cell("no longer")}</tr>{{/isEnded}}{{^isEnded}}<tr>${cell(
  `<b><bdi>{{database}}</bdi></b>{{#isNew}} ${dim("new")}{{/isNew}}${BELOW}`,
)}${cell(`<bdi>{{role}}</bdi>${WAS("roleBefore")}`)}${cell(UNTIL + WAS("untilBefore"))}</tr>{{/isEnded}}`;
const HEAD = [
  ["Database", "46%"],
  ["Role", "20%"],
  ["Until", "34%"],
] as const;
const LINES = table(HEAD, `{{#lines}}${ACCESS}{{/lines}}`);
const LEFT = table(HEAD, `{{#lines}}{{^isEnded}}${ACCESS}{{/isEnded}}{{/lines}}`);
const ENDING = table(
  HEAD,
  `{{#ending}}<tr>${cell(`<b><bdi>{{database}}</bdi></b>${BELOW}`)}${cell("<bdi>{{role}}</bdi>")}${cell(UNTIL)}</tr>{{/ending}}`,
);

const ACCOUNT = inlineCode("<bdi>{{account}}</bdi>");
const HELLO = `{{^isService}}${paragraph("Hello <bdi>{{name}}</bdi>,")}{{/isService}}`;
const WHOSE = `{{#isService}}The account ${ACCOUNT} of the service <bdi>{{name}}</bdi>{{/isService}}{{^isService}}Your account ${ACCOUNT}{{/isService}} on <b><bdi>{{cluster}}</bdi></b>`;

const WHY = facts(
  fact("Why", "{{why}}") +
    `{{#plannedBy}}${fact("Planned by", "<bdi>{{plannedBy}}</bdi>")}{{/plannedBy}}` +
    `{{#reference}}${fact("Reference", "<bdi>{{reference}}</bdi>")}{{/reference}}`,
);

const LOGIN = `{{#login}}${section("How to log in")}${facts(
  fact("Host", inlineCode("{{host}}")) + fact("Port", inlineCode("{{port}}")) + fact("Account", ACCOUNT),
)}${paragraph("With AWS credentials around, in a shell:")}${code("{{tokenCommand}}")}${code("{{mysqlCommand}}")}${paragraph(
  dim(
    "The token lets in for 15 minutes; a session that is open stays open. <bdi>global-bundle.pem</bdi> is Amazon&rsquo;s certificate bundle: truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
  ),
)}{{/login}}`;

const ASK = `${section("Whom to ask")}{{#hasOwners}}${facts(
  `{{#owners}}${fact("<bdi>{{project}}</bdi>", "<bdi>{{name}}</bdi>, <bdi>{{email}}</bdi>")}{{/owners}}`,
)}{{/hasOwners}}{{^hasOwners}}${paragraph("Those who review your organisation&rsquo;s access files.")}{{/hasOwners}}`;

const list = (name: string) => paragraph(`{{#${name}}}${inlineCode("<bdi>{{.}}</bdi>")}<br>{{/${name}}}`);

/** HTML, by event. */
export const HTML_TEMPLATES: Readonly<Record<EventType, string>> = {
  "access.granted": page(
    "given",
    "Access",
    "{{account}} can log in now",
    HELLO + paragraph(`${WHOSE} was created. It can reach:`) + LINES + WHY + LOGIN + ASK,
  ),
  "access.changed": page(
    "given",
    "Access",
    "{{account}} has other access",
    HELLO + paragraph(`${WHOSE} has other access now:`) + LINES + WHY + LOGIN + ASK,
  ),
  "access.revoked": page(
    "taken",
    "Access",
    "{{account}} can no longer log in",
    HELLO + paragraph(`${WHOSE} can no longer log in. It could reach:`) + ENDING + WHY + ASK,
  ),
  "access.expiring": page(
    "soon",
    "Access ends {{inDays}}",
    "Access of {{account}} ends {{inDays}}",
    HELLO +
      paragraph(`${WHOSE} loses access {{inDays}}:`) +
      ENDING +
      section("To keep it") +
      paragraph(
        `Have the date ${inlineCode("expires")} moved in the access files (the folder ${inlineCode("users/")}), and have that reviewed and applied before.`,
      ) +
      ASK,
  ),
  "access.expired": page(
    "taken",
    "Access",
    "Access of {{account}} has expired",
    HELLO +
      paragraph(`${WHOSE} has lost access that was given until a date:`) +
      ENDING +
      `{{^hasAccess}}${paragraph("Nothing else is left: the account is gone.")}{{/hasAccess}}{{#hasAccess}}${paragraph("What is left:")}${LEFT}{{/hasAccess}}` +
      WHY +
      ASK,
  ),
  "drift.detected": page(
    "soon",
    "Drift",
    "{{#repaired}}Drift was repaired{{/repaired}}{{^repaired}}Drift was found{{/repaired}}",
    paragraph(
      "<b><bdi>{{cluster}}</bdi></b> is not as declared{{#repaired}}; this run put it right{{/repaired}}.",
    ) +
      `{{#hasAccounts}}${section("Accounts that differ")}${list("accounts")}{{/hasAccounts}}` +
      `{{#hasUndeclared}}${section("Accounts with the prefix that nobody declared")}${list("undeclared")}{{/hasUndeclared}}` +
      `{{#hasSql}}${section("{{statementsText}} {{#repaired}}put it right{{/repaired}}{{^repaired}}would put it right, the next apply does{{/repaired}}")}{{#sql}}${code("{{.}}")}{{/sql}}{{/hasSql}}`,
  ),
  "reconcile.succeeded": page(
    "given",
    "Changes",
    "{{peopleCount}} changed",
    paragraph(
      "The {{action}} on <b><bdi>{{cluster}}</bdi></b> ran {{statementsText}}{{#sessionsEnded}} and ended {{sessionsText}}{{/sessionsEnded}}." +
        "{{#forOwner}} You get this as the owner of projects concerned; other projects are left out.{{/forOwner}}",
    ) +
      `{{#people}}${section(`<bdi>{{name}}</bdi> (${ACCOUNT}) {{what}}`)}${LINES}{{/people}}` +
      `{{#changesOmitted}}${paragraph("{{changesOmitted}} more did not fit into the message; the audit trail has all.")}{{/changesOmitted}}` +
      WHY,
  ),
  "reconcile.failed": page(
    "failed",
    "Failure",
    "The {{action}} failed: {{code}}",
    paragraph("<bdi>{{message}}</bdi>") +
      paragraph("Statements that ran: {{ran}} of {{of}}. What ran stays.") +
      `{{#hasAccounts}}${section("Accounts concerned")}${list("accounts")}{{/hasAccounts}}` +
      WHY,
  ),
};
