import type { EventType } from "../../../core/events/events";

const UNTIL = "{{#until}}until {{until}}{{/until}}{{^until}}no end date{{/until}}";
const ORIGIN = `{{#project}}  Project: {{project}}
{{/project}}
{{#reason}}  Reason: {{reason}}
{{/reason}}`;
const ROLE = "{{role}}{{#roleBefore}} (was {{roleBefore}}){{/roleBefore}}";

const ACCESS = `{{#isEnded}}- {{database}}: no longer (was {{role}})
{{/isEnded}}
{{^isEnded}}- {{database}}: ${ROLE}, ${UNTIL}{{#untilBefore}} (was {{untilBefore}}){{/untilBefore}}{{#isNew}} (new){{/isNew}}
${ORIGIN}
{{/isEnded}}`;

const LINES = `{{#lines}}${ACCESS}{{/lines}}`;
const ENDING = `{{#ending}}- {{database}}: {{role}}, ${UNTIL}
${ORIGIN}
{{/ending}}`;

const WHOSE = `{{#isService}}The account {{account}}{{#name}} of the service {{name}}{{/name}}{{/isService}}{{^isService}}Your account {{account}}{{/isService}}`;
const HELLO = `{{^isService}}Hello{{#name}} {{name}}{{/name}},

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

In a shell with AWS credentials:

{{#tokenLines}}    {{.}}
{{/tokenLines}}
{{#mysqlLines}}    {{.}}
{{/mysqlLines}}

MariaDB's client, which Debian, Ubuntu and Amazon Linux call mysql, too, logs in by:

{{#mariadbLines}}    {{.}}
{{/mariadbLines}}

In PowerShell:

{{#powershellLines}}    {{.}}
{{/powershellLines}}

The token is valid for 15 minutes. A session that is open then stays open. global-bundle.pem is Amazon's certificate bundle: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
{{/login}}`;

const ASK = `

{{#hasOwners}}


Who to ask:
{{#owners}}- {{name}} <{{email}}>, project {{project}}
{{/owners}}
{{/hasOwners}}
{{^hasOwners}}


Ask the reviewers of your organisation's access files.
{{/hasOwners}}`;

const FOOTER = `

--
Sent by aurora-users for the cluster {{cluster}}.
Correlation id: {{correlationId}}
`;

const EXTEND = `

To keep the access, ask for a later date \`expires\` in the access files (the folder \`users/\`). The change must be reviewed and applied before the access ends.
`;

/** A list of texts under a title, if there are any. */
const listed = (title: string, name: string, has: string): string => `{{#${has}}}

${title}:
{{#${name}}}- {{.}}
{{/${name}}}
{{/${has}}}`;

const LOCKED = listed(
  "The account is locked, not gone. These objects run with its rights until they have another definer",
  "objects",
  "hasObjects",
);
/** A text for an account that is suspended, one for an account that was, and one for any other. */
const bySuspension = (suspended: string, reinstated: string, other: string): string =>
  `{{#isSuspended}}${suspended}{{/isSuspended}}{{#isReinstated}}${reinstated}{{/isReinstated}}` +
  `{{^isSuspended}}{{^isReinstated}}${other}{{/isReinstated}}{{/isSuspended}}`;
const SHUT = "is suspended: nobody can log in to it";
/** A text for an account with a new name, and one for any other. */
const OTHER_NAME = (other: string): string =>
  `{{#formerly}}was {{formerly}} until now, and logs in by its new name. It can reach{{/formerly}}{{^formerly}}${other}{{/formerly}}`;

const TERMS = listed("What a login has to keep to", "terms", "hasTerms");

/** What to do about accounts without the prefix that have new access. */
const HOLDERS_DO = `{{#hasHolders}}

Revoke it by hand, or plan and apply to accept it.
{{/hasHolders}}`;
/** The end of a subject. */
const NOT_GONE = "{{#hasObjects}} (locked, not gone){{/hasObjects}}";

/** Plain text, by event. Lines that begin with four spaces are commands, which are not wrapped. */
export const TEXT_TEMPLATES: Readonly<Record<EventType, string>> = {
  "access.granted": `${HELLO}${WHOSE} on {{cluster}} was created{{#isSuspended}}, and ${SHUT}. It has{{/isSuspended}}{{^isSuspended}}. It can reach{{/isSuspended}}:

${LINES}${TERMS}${WHY}${LOGIN}${ASK}${FOOTER}`,

  "access.changed": `${HELLO}${WHOSE} on {{cluster}} ${bySuspension(`${SHUT}. It keeps`, "is no longer suspended. It can reach", OTHER_NAME("has other access now"))}:

${LINES}${TERMS}${WHY}${LOGIN}${ASK}${FOOTER}`,

  "access.revoked": `${HELLO}${WHOSE} on {{cluster}} can no longer log in. It could reach:

${ENDING}${LOCKED}${WHY}${ASK}${FOOTER}`,

  "access.expiring": `${HELLO}${WHOSE} on {{cluster}} loses access {{inDays}}:

${ENDING}${EXTEND}${ASK}${FOOTER}`,

  "access.expired": `${HELLO}${WHOSE} on {{cluster}} has lost access that ended on a date:

${ENDING}

{{^hasAccess}}{{^hasObjects}}No access remains: the account is gone.
{{/hasObjects}}{{/hasAccess}}${LOCKED}
{{#hasAccess}}

Access that remains:

{{#lines}}{{^isEnded}}${ACCESS}{{/isEnded}}{{/lines}}{{/hasAccess}}${WHY}${ASK}${FOOTER}`,

  "drift.detected": `{{cluster}} {{#repaired}}was not as declared. This run repaired it.{{/repaired}}{{^repaired}}{{#hasHolders}}has accounts without the prefix with new access.{{/hasHolders}}{{^hasHolders}}is not as declared.{{/hasHolders}}{{/repaired}}
${listed("Accounts that differ", "accounts", "hasAccounts")}
${listed("Accounts that nobody declared", "undeclared", "hasUndeclared")}
${listed("Accounts without the prefix with new access. Nothing is taken from them", "holders", "hasHolders")}
${HOLDERS_DO}
${listed("{{statementsText}} {{#repaired}}repaired it{{/repaired}}{{^repaired}}would repair it; the next apply runs them{{/repaired}}", "sql", "hasSql")}

Found: {{time}}
${FOOTER}`,

  "password.rotated": `${WHOSE} on {{cluster}} has a new password, in the secret {{secret}}.

The old password works until {{oldUntil}}: the service must read the secret before.
${WHY}${FOOTER}`,

  "password.rotation-failed": `${WHOSE} on {{cluster}}: its password was not rotated. The step {{step}} failed: {{code}}

{{message}}

Secret: {{secret}}

Secrets Manager tries again.
${WHY}${FOOTER}`,

  "reconcile.succeeded": `{{cluster}}: {{peopleCount}} changed ({{action}}, {{statementsText}}{{#sessionsEnded}}, {{sessionsText}} ended{{/sessionsEnded}}).
{{#forOwner}}You get this message because you own projects that are concerned. Other projects are left out.
{{/forOwner}}

{{#people}}{{name}} ({{account}}) {{what}}
${LINES}

{{/people}}
{{#changesOmitted}}

{{changesOmitted}} more changes did not fit into the message. The audit trail has all of them.
{{/changesOmitted}}${WHY}${FOOTER}`,

  "reconcile.failed": `{{cluster}}: the {{action}} failed: {{code}}

{{message}}

Statements that ran: {{ran}} of {{of}}. They stay in effect.
${listed("Accounts concerned", "accounts", "hasAccounts")}
${WHY}${FOOTER}`,
};

const CREATED =
  "{{#isSuspended}}was created, and is suspended{{/isSuspended}}{{^isSuspended}}can log in now{{/isSuspended}}";
const OTHER = bySuspension(
  "is suspended",
  "is no longer suspended",
  "{{#formerly}}was {{formerly}} until now{{/formerly}}{{^formerly}}has other access{{/formerly}}",
);

/** One line each. They are also the titles in Slack, Teams and SNS. */
export const SUBJECT_TEMPLATES: Readonly<Record<EventType, string>> = {
  "access.granted": `{{cluster}}: {{account}} ${CREATED}`,
  "access.changed": `{{cluster}}: {{account}} ${OTHER}`,
  "access.revoked": `{{cluster}}: {{account}} can no longer log in${NOT_GONE}`,
  "access.expiring": "{{cluster}}: access of {{account}} ends {{inDays}}",
  "access.expired": `{{cluster}}: access of {{account}} has expired${NOT_GONE}`,
  "drift.detected":
    "{{cluster}}: {{#repaired}}drift was repaired{{/repaired}}{{^repaired}}{{#hasHolders}}an account that is not managed has new access{{/hasHolders}}{{^hasHolders}}drift was found{{/hasHolders}}{{/repaired}}",
  "password.rotated": "{{cluster}}: {{account}} has a new password",
  "password.rotation-failed": "{{cluster}}: the password of {{account}} was not rotated ({{code}})",
  "reconcile.succeeded": "{{cluster}}: {{peopleCount}} changed",
  "reconcile.failed": "{{cluster}}: the {{action}} failed ({{code}})",
};
