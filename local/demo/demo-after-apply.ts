import type { Connection } from "mysql2/promise";

import { type AuditRecord, readAudit, tamper } from "./demo-audit";
import { CUT, conclusion, diagnostics, excerpt, resourceBlock, statementsIn, wrapped } from "./demo-excerpt";
import { tokenFor } from "./demo-login";
import { type DemoMail, mailsTo, mailTo } from "./demo-mail";
import { STACKS } from "./demo-project";
import { RECORD, type Stage } from "./demo-stage";

const JANE = "jane.doe@example.com";
const HOURS = 2;
const MINUTE_MS = 60_000;

/** The demo's last steps: what happens without anybody planning or applying. Each proves what it says, or throws. */
export class AfterApply {
  constructor(private readonly stage: Stage) {}

  /** @throws DemoError */
  async tell(): Promise<void> {
    const { jane, until } = await this.endDate();
    await this.mail(until);
    await this.expiry(jane, until);
    await this.nothingLeft();
    await this.audit();
  }

  private async endDate(): Promise<{ jane: Connection; until: Date }> {
    const { stage } = this;
    const { project, screen } = stage;
    screen.headline(
      "An end date",
      `Jane is to have her access for another ${HOURS} hours, no longer. A date changes, and no privilege: the plan shows it, and no SQL.`,
    );
    const until = new Date(Math.ceil(Date.now() / MINUTE_MS + HOURS * 60) * MINUTE_MS);
    const text = until.toISOString().replace(".000", "");
    const changed = project.edit("jane.doe", /expires: \S+$/m, `expires: ${text}`);
    stage.expect(changed.length === 2, "users/jane.doe.yaml has an end date", changed.join("\n"));
    screen.quote(["users/jane.doe.yaml", ...changed]);
    await screen.during("main.ts", () => project.synth(stage.cloud, "INC-1303"));
    const plan = await stage.plan();
    const record = resourceBlock(plan.text, "terraform_data.jane_doe-on-orders");
    screen.quote([...excerpt(record, RECORD), "", conclusion(plan.text) ?? ""]);
    stage.expect(plan.changes && record.join("\n").includes(text), "the plan shows the new date", plan.text);
    stage.expect(statementsIn(plan.text).length === 0, "the plan holds no SQL", plan.text);
    await stage.applyPlan(plan);
    const jane = await stage.logIn("sl_jane.doe");
    await stage.lets(jane, "SELECT COUNT(*) FROM orders.orders", "Jane may read");
    screen.say("She stays logged in.");
    return { jane, until };
  }

  private async mail(until: Date): Promise<void> {
    const { stage } = this;
    const { screen } = stage;
    screen.headline(
      "The mail about it",
      "Each outcome is an event, and a function of its own sends the mails: to Jane, to who answers for her projects, to a list. Here",
      "they go to a mail server on this machine, and to nobody else.",
    );
    const end = `until ${until.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    const mail = await this.mailToJane(`the end is ${end}`, ({ text }) => text.includes(end));
    this.quoteMail(mail, /^The token lets in/);
    stage.expect(
      mail.text.includes(`- orders: write, ${end}`) && mail.text.includes("HOW TO LOG IN"),
      "the mail says in which role, until when and how to log in",
      mail.text,
    );
    screen.say(`To be looked at in a browser: ${mail.htmlFile}`);
  }

  private async expiry(jane: Connection, until: Date): Promise<void> {
    const { stage } = this;
    const { screen } = stage;
    screen.headline(
      "Access ends by itself",
      "Nobody plans or applies. The local cloud's clock is moved, and its schedules fire on the way: each cluster has one at an interval",
      "and one that the functions put at the next end date.",
    );
    const select = "SELECT COUNT(*) FROM orders.orders";
    const early = new Date(until.getTime() - MINUTE_MS);
    const before = await screen.during(`the clock goes to ${timeOf(early)}, a minute before`, () =>
      stage.passTimeUntil(early),
    );
    screen.say(`Fired meanwhile: ${firedText(before.fired)}. Jane is still there:`);
    await stage.lets(jane, select, "Jane may still read");
    const after = await screen.during(`the clock goes to ${timeOf(until)}`, () => stage.passTimeUntil(until));
    screen.say(`Fired: ${firedText(after.fired)}.`);
    const fired = after.fired.find(({ name }) => name === "orders-expiry");
    stage.expect(
      fired?.at.getTime() === until.getTime(),
      "the schedule fired at that moment",
      JSON.stringify(after.fired),
    );
    await stage.refuses(jane, select, /^ERROR/, "Jane's session is over");
    jane.destroy();
    await stage.logInRefused("sl_jane.doe", await tokenFor("sl_jane.doe", stage.orders));
    await this.mailToJane("access has expired", ({ subject }) => subject.endsWith("has expired"));
    screen.say("The mails that Jane got about orders, the last of them now:");
    const mails = await mailsTo(JANE, stage.cloud.mail.folder!);
    screen.quote(mails.filter(({ subject }) => subject.startsWith("orders: ")).map(({ subject }) => subject));
  }

  private async nothingLeft(): Promise<void> {
    const { stage } = this;
    const { project, screen } = stage;
    screen.headline(
      "Nothing is left to do",
      "A plan of every stack, the databases looked at. users/ still has Jane's grant, so main.ts warns, with file and line.",
    );
    let warnings: string[] = [];
    await screen.during("main.ts, by the local cloud's clock", async () => {
      warnings = await project.synth(stage.cloud, "nightly plan");
    });
    screen.quote(warnings.flatMap(wrapped));
    stage.expect(
      warnings.length === 1 && warnings[0]!.includes("users/jane.doe.yaml:8:"),
      "main.ts warns of the grant that is over",
      warnings.join("\n"),
    );
    const plans = await screen.during("terraform plan, of the three stacks", () =>
      Promise.all(STACKS.map(async stack => [stack, await stage.stacks[stack].planText()] as const)),
    );
    for (const [stack, plan] of plans) {
      stage.worked(`plan of aurora-users-${stack}`, plan);
      screen.quote([`aurora-users-${stack}: ${conclusion(plan.text)}`]);
      stage.expect(
        !plan.changes && diagnostics(plan.text, "Warning").length === 0,
        `nothing is to do in ${stack}`,
        plan.text,
      );
    }
    screen.say("One command takes out of the files what is over:");
    const text = project.read("jane.doe");
    await stage.command(["prune"]);
    const gone = linesGone(text, project.read("jane.doe"));
    screen.quote(["users/jane.doe.yaml", ...gone.map(line => `- ${line}`)]);
    stage.expect(gone[0]?.trim() === "- cluster: orders", "the grant is out of the file", gone.join("\n"));
  }

  private async audit(): Promise<void> {
    const { stage } = this;
    const { screen, cloud } = stage;
    screen.headline(
      "The audit trail",
      "A table that is only ever added to: the intent before the first statement runs, the result after the last. Each item holds the",
      "hash of the one before, so that a changed or missing one shows. What was done to Jane on orders since the first apply:",
    );
    const records = await readAudit(cloud, "orders");
    const since = `${String(records.filter(({ kind }) => kind === "intent")[1]?.["when"]).slice(0, 19)}Z`;
    const [, ...rows] = await stage.command([
      "audit",
      "--cluster",
      "orders",
      "--person",
      "jane.doe",
      "--since",
      since,
    ]);
    stage.expect(
      rows.length === 2 && rows[0]!.includes("GRANT INSERT, UPDATE") && / expiry .* done$/.test(rows[1]!),
      "the trail has the change of her role and its expiry",
      rows.join("\n"),
    );
    const whole = await stage.command(["audit", "verify"]);
    stage.expect(whole[0]!.endsWith(": whole"), "the trail is whole", whole.join("\n"));
    const hidden = records.find(record =>
      stage.mentions(record, "DROP USER 'sl_mallory'@'%'"),
    ) as AuditRecord;
    stage.expect(hidden !== undefined, "the trail has Mallory's removal", JSON.stringify(records));
    screen.say(
      "Now somebody who may write to the table says that it was Jane who had Mallory's account dropped:",
    );
    const key = JSON.stringify({ pk: { S: hidden["pk"] }, sk: { S: hidden["sk"] } });
    screen.quote([
      "$ aws dynamodb update-item --table-name aurora-users-audit \\",
      `    --key '${key}' --update-expression 'SET who = :jane' ${CUT}`,
    ]);
    await tamper(cloud, hidden, "arn:aws:sts::123456789012:user/jane.doe");
    const said = await stage.command(["audit", "verify"], 1);
    stage.expect(
      said.some(line => line.startsWith(`orders: altered: item ${Number(hidden["sk"])} `)),
      "verify names the item",
      said.join("\n"),
    );
    await tamper(cloud, hidden, String(hidden["who"]));
    screen.say("The item is put back as it was.");
    await this.totals();
  }

  private async totals(): Promise<void> {
    const { stage } = this;
    const trails = await Promise.all(
      Object.keys(stage.cloud.clusters).map(cluster => readAudit(stage.cloud, cluster)),
    );
    const ran = trails.flat().reduce((sum, { ran: count }) => sum + Number(count ?? 0), 0);
    const { applies, answered, refused } = stage.totals;
    const seconds = Math.round((Date.now() - stage.began) / 1000);
    stage.screen.say("");
    stage.screen.say(
      `${STACKS.length} stacks, ${applies} applies, ${ran} statements, ${answered} requests answered and ${refused} refused, in ${seconds} s.`,
    );
  }

  private async mailToJane(what: string, isSuch: (mail: DemoMail) => boolean): Promise<DemoMail> {
    const mail = await mailTo(JANE, isSuch, this.stage.cloud.mail.folder!);
    this.stage.expect(mail !== undefined, `Jane gets a mail: ${what}`);
    return mail!;
  }

  /** A mail's subject and text, up to a line. */
  private quoteMail({ subject, text }: DemoMail, last: RegExp): void {
    const lines = text
      .trim()
      .replace(/\r/g, "")
      .replace(/\n{3,}/g, "\n\n")
      .split("\n");
    const end = lines.findIndex(line => last.test(line));
    this.stage.screen.quote([
      `To: ${JANE}`,
      `Subject: ${subject}`,
      "",
      ...(end < 0 ? lines : [...lines.slice(0, end), CUT]),
    ]);
  }
}

/** `16:30`, in UTC. */
const timeOf = (moment: Date): string => `${moment.toISOString().slice(11, 16)} UTC`;

/** `orders-interval 7 times, orders-expiry once`. */
function firedText(fired: readonly { readonly name: string }[]): string {
  const names = [...new Set(fired.map(({ name }) => name))].sort();
  const times = (name: string) => fired.filter(one => one.name === name).length;
  return (
    names.map(name => `${name} ${times(name) === 1 ? "once" : `${times(name)} times`}`).join(", ") ||
    "nothing"
  );
}

/** The lines of a text that another one lacks; both the same but for one stretch that was taken out. */
function linesGone(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const at = old.findIndex((line, index) => line !== now[index]);
  return at < 0 ? [] : old.slice(at, at + old.length - now.length);
}
