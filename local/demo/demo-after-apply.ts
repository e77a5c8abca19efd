import type { Connection } from "mysql2/promise";

import { showAudit } from "./demo-audit-step";
import { CUT, conclusion, diagnostics, excerpt, resourceBlock, statementsIn, wrapped } from "./demo-excerpt";
import { tokenFor } from "./demo-login";
import { type DemoMail, mailsTo, mailTo } from "./demo-mail";
import { STACKS } from "./demo-project";
import type { ServiceStory } from "./demo-service";
import { RECORD, type Stage } from "./demo-stage";

const JANE = "jane.doe@example.com";
const HOURS = 2;
const MINUTE_MS = 60_000;

/**
 * The demo's last steps: what happens without a plan or an apply. Each step proves what it says, or throws.
 */
export class AfterApply {
  readonly #stage: Stage;
  readonly #service: ServiceStory;

  constructor(stage: Stage, service: ServiceStory) {
    this.#stage = stage;
    this.#service = service;
  }

  /** @throws DemoError */
  async play(): Promise<void> {
    const { jane, until } = await this.#endDate();
    await this.#mail(until);
    await this.#expiry(jane, until);
    await this.#nothingLeft();
    await showAudit(this.#stage);
  }

  async #endDate(): Promise<{ jane: Connection; until: Date }> {
    const stage = this.#stage;
    const { project, screen } = stage;
    screen.headline(
      "An end date",
      `Jane's access must end in ${HOURS} hours. Only the date changes, so the plan shows no SQL.`,
    );
    const until = new Date(Math.ceil(Date.now() / MINUTE_MS + HOURS * 60) * MINUTE_MS);
    const text = until.toISOString().replace(".000", "");
    const changed = project.edit("jane.doe", /expires: \S+$/m, `expires: ${text}`);
    stage.expect(changed.length === 2, "users/jane.doe.yaml has an end date", changed.join("\n"));
    screen.quote(["users/jane.doe.yaml", ...changed]);
    await screen.during("the app", () => project.synth(stage.cloud, "INC-1303"));
    const plan = await stage.plan();
    const record = resourceBlock(plan.text, "terraform_data.jane_doe-on-orders");
    await stage.summarize(plan);
    screen.quote([...excerpt(record, RECORD), "", conclusion(plan.text) ?? ""]);
    stage.expect(plan.changes && record.join("\n").includes(text), "the plan shows the new date", plan.text);
    stage.expect(statementsIn(plan.text).length === 0, "the plan holds no SQL", plan.text);
    await stage.applyPlan(plan);
    const jane = await stage.logIn("sl_jane.doe");
    await stage.lets(jane, "SELECT COUNT(*) FROM orders.orders", "Jane may read");
    screen.say("She stays logged in.");
    return { jane, until };
  }

  async #mail(until: Date): Promise<void> {
    const stage = this.#stage;
    const { screen } = stage;
    screen.headline(
      "The mail about it",
      "Each change of access is an event. A function sends mails about it: to Jane, to the owners of her",
      "projects, and to a list of addresses. In this demo they only reach a mail server on this machine.",
    );
    const end = `until ${until.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    const mail = await this.#mailToJane(`the end is ${end}`, ({ text }) => text.includes(end));
    this.#quoteMail(mail, /^The token lets in/);
    stage.expect(
      mail.text.includes(`- orders: write, ${end}`) && mail.text.includes("HOW TO LOG IN"),
      "the mail names the role and the end date, and says how to log in",
      mail.text,
    );
    screen.say(`Open the mail in a browser: ${mail.htmlFile}`);
  }

  async #expiry(jane: Connection, until: Date): Promise<void> {
    const stage = this.#stage;
    const { screen } = stage;
    screen.headline(
      "Access ends by itself",
      "There is no plan and no apply. The demo moves the local cloud's clock, and schedules fire on the way.",
      "Each cluster has two: one fires at an interval, and the functions set the other to the next end date.",
    );
    const select = "SELECT COUNT(*) FROM orders.orders";
    const early = new Date(until.getTime() - MINUTE_MS);
    const before = await screen.during(`the clock moves to ${timeOf(early)}, a minute before the end`, () =>
      stage.passTimeUntil(early),
    );
    screen.say(`These schedules fired: ${firedText(before.fired)}. Jane still has access:`);
    await stage.lets(jane, select, "Jane may still read");
    const after = await screen.during(`the clock moves to ${timeOf(until)}`, () =>
      stage.passTimeUntil(until),
    );
    screen.say(`These schedules fired: ${firedText(after.fired)}.`);
    const fired = after.fired.find(({ name }) => name === "orders-expiry");
    stage.expect(
      fired?.at.getTime() === until.getTime(),
      "the schedule fired at the end date",
      JSON.stringify(after.fired),
    );
    await stage.refuses(jane, select, /^ERROR/, "Jane's session is over");
    jane.destroy();
    await stage.logInRefused("sl_jane.doe", await tokenFor("sl_jane.doe", stage.orders));
    await this.#mailToJane("access has expired", ({ subject }) => subject.endsWith("has expired"));
    screen.say("Jane got these mails about orders, the last one just now:");
    const mails = await mailsTo(JANE, stage.cloud.mail.folder!);
    screen.quote(mails.filter(({ subject }) => subject.startsWith("orders: ")).map(({ subject }) => subject));
    await this.#service.oldPasswordIsOver();
  }

  async #nothingLeft(): Promise<void> {
    const stage = this.#stage;
    const { project, screen } = stage;
    screen.headline(
      "Nothing is left to do",
      "A plan of every stack reads the databases and shows no changes. Jane's expired grant is still in",
      "users/, so the app warns about it with file and line.",
    );
    let warnings: string[] = [];
    await screen.during("the app, with the local cloud's clock", async () => {
      warnings = await project.synth(stage.cloud, "nightly plan");
    });
    screen.quote(warnings.flatMap(wrapped));
    stage.expect(
      warnings.length === 1 && warnings[0]!.includes("users/jane.doe.yaml:8:"),
      "the app warns about the expired grant",
      warnings.join("\n"),
    );
    const plans = await screen.during("terraform plan of the three stacks", () =>
      Promise.all(STACKS.map(async stack => [stack, await stage.stacks[stack].planText()] as const)),
    );
    for (const [stack, plan] of plans) {
      stage.worked(`plan of aurora-users-${stack}`, plan);
      screen.quote([`aurora-users-${stack}: ${conclusion(plan.text)}`]);
      stage.expect(
        !plan.changes && diagnostics(plan.text, "Warning").length === 0,
        `the plan of ${stack} is empty`,
        plan.text,
      );
    }
    screen.say("One command removes expired grants from the files:");
    const text = project.read("jane.doe");
    await stage.command(["prune"]);
    const removed = removedLines(text, project.read("jane.doe"));
    screen.quote(["users/jane.doe.yaml", ...removed.map(line => `- ${line}`)]);
    stage.expect(
      removed[0]?.trim() === "- cluster: orders",
      "the grant is removed from the file",
      removed.join("\n"),
    );
  }

  async #mailToJane(what: string, matches: (mail: DemoMail) => boolean): Promise<DemoMail> {
    const mail = await mailTo(JANE, matches, this.#stage.cloud.mail.folder!);
    this.#stage.expect(mail !== undefined, `Jane gets a mail: ${what}`);
    return mail!;
  }

  /** Shows a mail's subject, and its text up to a line. */
  #quoteMail({ subject, text }: DemoMail, last: RegExp): void {
    const lines = text
      .trim()
      .replace(/\r/g, "")
      .replace(/\n{3,}/g, "\n\n")
      .split("\n");
    const end = lines.findIndex(line => last.test(line));
    this.#stage.screen.quote([
      `To: ${JANE}`,
      `Subject: ${subject}`,
      "",
      ...(end < 0 ? lines : [...lines.slice(0, end), CUT]),
    ]);
  }
}

/** `16:30`, in UTC. */
const timeOf = (time: Date): string => `${time.toISOString().slice(11, 16)} UTC`;

/** `orders-interval 7 times, orders-expiry once`. */
function firedText(fired: readonly { readonly name: string }[]): string {
  const names = [...new Set(fired.map(({ name }) => name))].sort();
  const times = (name: string) => fired.filter(one => one.name === name).length;
  return (
    names.map(name => `${name} ${times(name) === 1 ? "once" : `${times(name)} times`}`).join(", ") ||
    "nothing"
  );
}

/** The lines that were removed from a text. They must be adjacent. */
function removedLines(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const at = old.findIndex((line, index) => line !== now[index]);
  return at < 0 ? [] : old.slice(at, at + old.length - now.length);
}
