import type { EventType } from "../../../core/events/events";
import { cell, code, dim, fact, facts, inlineCode, page, paragraph, section, table } from "./html-layout";

// Text from outside is always in double braces, which Mustache escapes, and between tags: never in an
// attribute.
const WAS = (value: string) => `{{#${value}}}<br>${dim(`was {{${value}}}`)}{{/${value}}}`;
const below = (name: string, label: string) =>
  `{{#${name}}}<br>${dim(`${label}: <bdi>{{${name}}}</bdi>`)}{{/${name}}}`;
const ORIGIN = below("project", "Project") + below("reason", "Reason");
const UNTIL = "{{#until}}{{until}}{{/until}}{{^until}}no end date{{/until}}";

const ACCESS = `{{#isEnded}}<tr>${cell(`<s><bdi>{{database}}</bdi></s>`)}${cell("<s><bdi>{{role}}</bdi></s>")}${cell("no longer")}</tr>{{/isEnded}}{{^isEnded}}<tr>${cell(
  `<b><bdi>{{database}}</bdi></b>{{#isNew}} ${dim("new")}{{/isNew}}${ORIGIN}`,
)}${cell(`<bdi>{{role}}</bdi>${WAS("roleBefore")}`)}${cell(UNTIL + WAS("untilBefore"))}</tr>{{/isEnded}}`;
const HEAD = Object.entries({ Database: "46%", Role: "20%", Until: "34%" });
const LINES = table(HEAD, `{{#lines}}${ACCESS}{{/lines}}`);
const REMAINING = table(HEAD, `{{#lines}}{{^isEnded}}${ACCESS}{{/isEnded}}{{/lines}}`);
const ENDING = table(
  HEAD,
  `{{#ending}}<tr>${cell(`<b><bdi>{{database}}</bdi></b>${ORIGIN}`)}${cell("<bdi>{{role}}</bdi>")}${cell(UNTIL)}</tr>{{/ending}}`,
);

const ACCOUNT = inlineCode("<bdi>{{account}}</bdi>");
const HELLO = `{{^isService}}${paragraph("Hello{{#name}} <bdi>{{name}}</bdi>{{/name}},")}{{/isService}}`;
const WHOSE = `{{#isService}}The account ${ACCOUNT}{{#name}} of the service <bdi>{{name}}</bdi>{{/name}}{{/isService}}{{^isService}}Your account ${ACCOUNT}{{/isService}} on <b><bdi>{{cluster}}</bdi></b>`;

const WHY = facts(
  fact("Why", "{{why}}") +
    `{{#plannedBy}}${fact("Planned by", "<bdi>{{plannedBy}}</bdi>")}{{/plannedBy}}` +
    `{{#reference}}${fact("Reference", "<bdi>{{reference}}</bdi>")}{{/reference}}`,
);

const LOGIN = `{{#login}}${section("How to log in")}${facts(
  fact("Host", inlineCode("{{host}}")) + fact("Port", inlineCode("{{port}}")) + fact("Account", ACCOUNT),
)}${paragraph("In a shell with AWS credentials:")}${code("{{tokenCommand}}")}${code("{{mysqlCommand}}")}${paragraph(dim("MariaDB&rsquo;s client, which Debian, Ubuntu and Amazon Linux call <bdi>mysql</bdi>, too:"))}${code("{{mariadbCommand}}")}${paragraph(dim("In PowerShell:"))}${code("{{powershellCommand}}")}${paragraph(
  dim(
    "The token is valid for 15 minutes. A session that is open then stays open. <bdi>global-bundle.pem</bdi> is Amazon&rsquo;s certificate bundle: truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
  ),
)}{{/login}}`;

const ASK = `${section("Who to ask")}{{#hasOwners}}${facts(
  `{{#owners}}${fact("<bdi>{{project}}</bdi>", "<bdi>{{name}}</bdi>, <bdi>{{email}}</bdi>")}{{/owners}}`,
)}{{/hasOwners}}{{^hasOwners}}${paragraph("The reviewers of your organisation&rsquo;s access files.")}{{/hasOwners}}`;

/** A list of names under a title, if there are any. */
const listed = (title: string, name: string, has: string) =>
  `{{#${has}}}${section(title)}${paragraph(`{{#${name}}}${inlineCode("<bdi>{{.}}</bdi>")}<br>{{/${name}}}`)}{{/${has}}}`;

const LOCKED = listed(
  "The account is locked, not gone. These objects run with its rights until they have another definer",
  "objects",
  "hasObjects",
);

const TERMS = listed("What a login has to keep to", "terms", "hasTerms");

/** A message to a person about an account. */
const person = (text: string, ...parts: readonly string[]) =>
  [HELLO, paragraph(`${WHOSE} ${text}`), ...parts].join("");
const GRANTED = person("was created. It can reach:", LINES, TERMS, WHY, LOGIN, ASK);
const CHANGED = person("has other access now:", LINES, TERMS, WHY, LOGIN, ASK);
const RENAMED = person(
  "was <bdi>{{formerly}}</bdi> until now, and logs in by its new name. It can reach:",
  ...[LINES, TERMS, WHY, LOGIN, ASK],
);
const SHUT = "is suspended: nobody can log in to it.";
const CREATED_SHUT = person(`was created, and ${SHUT} It has:`, LINES, TERMS, WHY, ASK);
const SUSPENDED = person(`${SHUT} It keeps:`, LINES, TERMS, WHY, ASK);
const REINSTATED = person("is no longer suspended. It can reach:", LINES, TERMS, WHY, LOGIN, ASK);
const REVOKED = person("can no longer log in. It could reach:", ENDING, LOCKED, WHY, ASK);
const EXTEND = paragraph(
  `Ask for a later date ${inlineCode("expires")} in the access files (the folder ${inlineCode("users/")}). The change must be reviewed and applied before the access ends.`,
);
const EXPIRING = person("loses access {{inDays}}:", ENDING, section("To keep it"), EXTEND, ASK);

const OTHER = `{{#formerly}}${page("given", "Access", "{{account}} was {{formerly}} until now", RENAMED)}{{/formerly}}{{^formerly}}${page("given", "Access", "{{account}} has other access", CHANGED)}{{/formerly}}`;

/** HTML, by event. */
export const HTML_TEMPLATES: Readonly<Record<EventType, string>> = {
  "access.granted": `{{#isSuspended}}${page("taken", "Access", "{{account}} was created, and is suspended", CREATED_SHUT)}{{/isSuspended}}{{^isSuspended}}${page("given", "Access", "{{account}} can log in now", GRANTED)}{{/isSuspended}}`,
  "access.changed": `{{#isSuspended}}${page("taken", "Access", "{{account}} is suspended", SUSPENDED)}{{/isSuspended}}{{#isReinstated}}${page("given", "Access", "{{account}} is no longer suspended", REINSTATED)}{{/isReinstated}}{{^isSuspended}}{{^isReinstated}}${OTHER}{{/isReinstated}}{{/isSuspended}}`,
  "access.revoked": page("taken", "Access", "{{account}} can no longer log in", REVOKED),
  "access.expiring": page(
    "soon",
    "Access ends {{inDays}}",
    "Access of {{account}} ends {{inDays}}",
    EXPIRING,
  ),
  "access.expired": page(
    "taken",
    "Access",
    "Access of {{account}} has expired",
    person(
      "has lost access that ended on a date:",
      ENDING,
      `{{^hasAccess}}{{^hasObjects}}${paragraph("No access remains: the account is gone.")}{{/hasObjects}}{{/hasAccess}}${LOCKED}{{#hasAccess}}${paragraph("Access that remains:")}${REMAINING}{{/hasAccess}}`,
      WHY,
      ASK,
    ),
  ),
  "drift.detected": page(
    "soon",
    "Drift",
    "{{#repaired}}Drift was repaired{{/repaired}}{{^repaired}}Drift was found{{/repaired}}",
    paragraph(
      "<b><bdi>{{cluster}}</bdi></b> {{#repaired}}was not as declared. This run repaired it.{{/repaired}}{{^repaired}}{{#hasHolders}}has accounts without the prefix with new access.{{/hasHolders}}{{^hasHolders}}is not as declared.{{/hasHolders}}{{/repaired}}",
    ) +
      listed("Accounts that differ", "accounts", "hasAccounts") +
      listed("Accounts that nobody declared", "undeclared", "hasUndeclared") +
      listed(
        "Accounts without the prefix with new access. Nothing is taken from them",
        "holders",
        "hasHolders",
      ) +
      `{{#hasHolders}}${paragraph("Revoke it by hand, or plan and apply to accept it.")}{{/hasHolders}}` +
      `{{#hasSql}}${section("{{statementsText}} {{#repaired}}repaired it{{/repaired}}{{^repaired}}would repair it; the next apply runs them{{/repaired}}")}{{#sql}}${code("{{.}}")}{{/sql}}{{/hasSql}}`,
  ),
  "password.rotated": page(
    "given",
    "Password",
    "{{account}} has a new password",
    paragraph(`${WHOSE} has a new password, in the secret ${inlineCode("<bdi>{{secret}}</bdi>")}.`) +
      paragraph("The old password works until {{oldUntil}}: the service must read the secret before.") +
      WHY,
  ),
  "password.rotation-failed": page(
    "failed",
    "Failure",
    "The password of {{account}} was not rotated: {{code}}",
    paragraph(`${WHOSE}: the step {{step}} of the rotation failed. Secrets Manager tries again.`) +
      paragraph("<bdi>{{message}}</bdi>") +
      facts(fact("Secret", inlineCode("<bdi>{{secret}}</bdi>"))) +
      WHY,
  ),
  "reconcile.succeeded": page(
    "given",
    "Changes",
    "{{peopleCount}} changed",
    paragraph(
      "The {{action}} on <b><bdi>{{cluster}}</bdi></b> ran {{statementsText}}{{#sessionsEnded}} and ended {{sessionsText}}{{/sessionsEnded}}." +
        "{{#forOwner}} You get this message because you own projects that are concerned. Other projects are left out.{{/forOwner}}",
    ) +
      `{{#people}}${section(`<bdi>{{name}}</bdi> (${ACCOUNT}) {{what}}`)}${LINES}{{/people}}` +
      `{{#changesOmitted}}${paragraph("{{changesOmitted}} more changes did not fit into the message. The audit trail has all of them.")}{{/changesOmitted}}` +
      WHY,
  ),
  "reconcile.failed": page(
    "failed",
    "Failure",
    "The {{action}} failed: {{code}}",
    paragraph("<bdi>{{message}}</bdi>") +
      paragraph("Statements that ran: {{ran}} of {{of}}. They stay in effect.") +
      listed("Accounts concerned", "accounts", "hasAccounts") +
      WHY,
  ),
};
