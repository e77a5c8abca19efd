import type { EventType } from "../../../core/events/events";

const ACCESS = `{{#isEnded}}- {{database}}: no longer (was {{role}})
{{/isEnded}}
{{^isEnded}}- {{database}}: {{role}}{{#roleBefore}} (was {{roleBefore}}){{/roleBefore}}, {{#until}}until {{until}}{{/until}}{{^until}}no end date{{/until}}{{#untilBefore}} (was {{untilBefore}}){{/untilBefore}}{{#isNew}} (new){{/isNew}}
{{#project}}  Project: {{project}}
{{/project}}
{{#reason}}  Reason: {{reason}}
{{/reason}}
{{/isEnded}}`;

const ENDING = `{{#ending}}- {{database}}: {{role}}, {{#until}}until {{until}}{{/until}}{{^until}}no end date{{/until}}
{{#project}}  Project: {{project}}
{{/project}}
{{#reason}}  Reason: {{reason}}
{{/reason}}
{{/ending}}`;

const WHOSE = `{{#isService}}The account {{account}} of the service {{name}}{{/isService}}{{^isService}}Your account {{account}}{{/isService}}`;
const HELLO = `{{^isService}}Hello {{name}},

{{/isService}}`;

const WHY = `

Why: {{why}}, {{time}}
{{#plannedBy}}Planned by: {{plannedBy}}
{{/plannedBy}}
{{#reference}}Reference: {{reference}}
{{/reference}}`;

const LOGIN = `

{{#login}}


HOW TO LOG IN

  Host:    {{host}}
  Port:    {{port}}
  Account: {{account}}

With AWS credentials around, in a shell:

{{#tokenLines}}    {{.}}
{{/tokenLines}}
{{#mysqlLines}}    {{.}}
{{/mysqlLines}}

The token lets in for 15 minutes; a session that is open stays open. global-bundle.pem is Amazon's certificate bundle: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
{{/login}}`;

const ASK = `

{{#hasOwners}}


Whom to ask:
{{#owners}}- {{name}} <{{email}}>, project {{project}}
{{/owners}}
{{/hasOwners}}
{{^hasOwners}}


Ask those who review your organisation's access files.
{{/hasOwners}}`;

const FOOTER = `

--
Sent by aurora-users for the cluster {{cluster}}.
Correlation id: {{correlationId}}
`;

const EXTEND =
  "\n\nTo keep it, have the date `expires` moved in the access files (the folder `users/`), and have that reviewed and applied before.\n";

/** Plain text, by event. Lines of four spaces are commands, and stay as they are. */
export const TEXT_TEMPLATES: Readonly<Record<EventType, string>> = {
  "access.granted": `${HELLO}${WHOSE} on {{cluster}} was created. It can reach:

{{#lines}}${ACCESS}{{/lines}}${WHY}${LOGIN}${ASK}${FOOTER}`,

  "access.changed": `${HELLO}${WHOSE} on {{cluster}} has other access now:

{{#lines}}${ACCESS}{{/lines}}${WHY}${LOGIN}${ASK}${FOOTER}`,

  "access.revoked": `${HELLO}${WHOSE} on {{cluster}} can no longer log in. It could reach:

${ENDING}${WHY}${ASK}${FOOTER}`,

  "access.expiring": `${HELLO}${WHOSE} on {{cluster}} loses access {{inDays}}:

${ENDING}${EXTEND}${ASK}${FOOTER}`,

  "access.expired": `${HELLO}${WHOSE} on {{cluster}} has lost access that was given until a date:

${ENDING}

{{^hasAccess}}Nothing else is left: the account is gone.
{{/hasAccess}}
{{#hasAccess}}

What is left:

{{#lines}}{{^isEnded}}${ACCESS}{{/isEnded}}{{/lines}}{{/hasAccess}}${WHY}${ASK}${FOOTER}`,

  "drift.detected": `{{cluster}} is not as declared{{#repaired}}; this run put it right{{/repaired}}.
{{#hasAccounts}}

Accounts that differ:
{{#accounts}}- {{.}}
{{/accounts}}
{{/hasAccounts}}
{{#hasUndeclared}}

Accounts with the prefix that nobody declared:
{{#undeclared}}- {{.}}
{{/undeclared}}
{{/hasUndeclared}}
{{#hasSql}}

{{statementsText}} {{#repaired}}put it right{{/repaired}}{{^repaired}}would put it right, the next apply does{{/repaired}}:

{{#sql}}- {{.}}
{{/sql}}
{{/hasSql}}

Found: {{time}}
${FOOTER}`,

  "reconcile.succeeded": `{{cluster}}: {{peopleCount}} changed ({{action}}, {{statementsText}}{{#sessionsEnded}}, {{sessionsText}} ended{{/sessionsEnded}}).
{{#forOwner}}You get this as the owner of projects concerned; other projects are left out.
{{/forOwner}}

{{#people}}{{name}} ({{account}}) {{what}}
{{#lines}}${ACCESS}{{/lines}}

{{/people}}
{{#changesOmitted}}

{{changesOmitted}} more did not fit into the message; the audit trail has all.
{{/changesOmitted}}${WHY}${FOOTER}`,

  "reconcile.failed": `{{cluster}}: the {{action}} failed: {{code}}

{{message}}

Statements that ran: {{ran}} of {{of}}. What ran stays.
{{#hasAccounts}}

Accounts concerned:
{{#accounts}}- {{.}}
{{/accounts}}
{{/hasAccounts}}
${WHY}${FOOTER}`,
};

/** One line each; also the titles in Slack, Teams and SNS. */
export const SUBJECT_TEMPLATES: Readonly<Record<EventType, string>> = {
  "access.granted": "{{cluster}}: {{account}} can log in now",
  "access.changed": "{{cluster}}: {{account}} has other access",
  "access.revoked": "{{cluster}}: {{account}} can no longer log in",
  "access.expiring": "{{cluster}}: access of {{account}} ends {{inDays}}",
  "access.expired": "{{cluster}}: access of {{account}} has expired",
  "drift.detected":
    "{{cluster}}: {{#repaired}}drift was repaired{{/repaired}}{{^repaired}}drift was found{{/repaired}}",
  "reconcile.succeeded": "{{cluster}}: {{peopleCount}} changed",
  "reconcile.failed": "{{cluster}}: the {{action}} failed ({{code}})",
};
