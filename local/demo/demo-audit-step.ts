import { type AuditRecord, readAudit, tamper } from "./demo-audit";
import { CUT } from "./demo-excerpt";
import { STACKS } from "./demo-project";
import type { Stage } from "./demo-stage";

/** The demo's step about the audit trail, and the totals of the demo. @throws DemoError */
export async function showAudit(stage: Stage): Promise<void> {
  const { screen, cloud } = stage;
  screen.headline(
    "The audit trail",
    "A run writes its intent before its first statement, and its result after the last one. Each item",
    "contains the hash of the item before it, so that changed and missing items are found.",
    "This is what was done to Jane's account on orders since the first apply:",
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
    "the trail has the change of her role and the end of her access",
    rows.join("\n"),
  );
  const whole = await stage.command(["audit", "verify"]);
  stage.expect(whole[0]!.endsWith(": whole"), "the trail is complete", whole.join("\n"));
  const hidden = records.find(record => stage.mentions(record, "DROP USER 'sl_mallory'@'%'")) as AuditRecord;
  stage.expect(hidden !== undefined, "the trail has Mallory's removal", JSON.stringify(records));
  screen.say(
    "Now someone with write access to the table names Jane as the one who removed Mallory's account:",
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
  screen.say("The demo restores the item.");
  await showTotals(stage);
}

async function showTotals(stage: Stage): Promise<void> {
  const trails = await Promise.all(
    Object.keys(stage.cloud.clusters).map(cluster => readAudit(stage.cloud, cluster)),
  );
  const ran = trails.flat().reduce((sum, { ran: count }) => sum + Number(count ?? 0), 0);
  const { applies, answered, refused } = stage.totals;
  const seconds = Math.round((Date.now() - stage.began) / 1000);
  stage.screen.say("");
  const requests = `${answered} requests answered and ${refused} refused`;
  stage.screen.say(
    `${STACKS.length} stacks, ${applies} applies, ${ran} statements, ${requests}, in ${seconds} s.`,
  );
}
