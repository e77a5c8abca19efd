import { errorName } from "../../runtime/errors";
import { recordResult } from "../execute/audit-run";
import { sendEvents } from "../execute/finish-run";
import { isPasswordOf, serverAt } from "../execute/is-password-of";
import { NOTHING_RAN } from "../execute/run-report";
import { withClusterLock } from "../execute/with-cluster-lock";
import { AccountSecretError, UnregisteredError } from "../runtime/errors";
import { generatePassword } from "../secrets/generate-password";
import { type SecretContent, secretContent, secretText } from "../secrets/secret-text";
import { asRunOf, type Call } from "../services/services";
import {
  partsOf,
  type RotatedPasswords,
  type RotatedSecret,
  type Rotation,
  type RotationRequest,
  rotatedSecret,
} from "./rotated-secret";
import { holdRotated, sendFailed } from "./rotation-events";
import { finishOnServer, setOnServer } from "./set-on-server";

/**
 * One of the four steps of a rotation. Each can be repeated, and a repetition goes on where the one before
 * ended: the new password is in the secret before it is on the server, and the current one works until
 * `oldPasswordHours` after AWSCURRENT has moved.
 * @throws AccountSecretError, InvalidInputError, AccessError
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function rotate(request: RotationRequest, received: Call): Promise<void> {
  const { cluster } = partsOf(request.SecretId);
  const call = cluster === undefined ? received : await asRunOf(cluster, received).catch(orRefuse(received));
  const { refusal, secret } = await rotatedSecret(request, call);
  try {
    if (refusal) throw refusal;
    await rotateStep(request, secret, call);
  } catch (error) {
    await sendFailed(secret, request.Step, error, call);
    throw error;
  }
}

/** A secret of a cluster that no stack declares is refused, which the function's own role records. */
const orRefuse = (received: Call) => (error: unknown) => {
  if (error instanceof UnregisteredError) return received;
  throw error;
};

async function rotateStep(request: RotationRequest, secret: RotatedSecret, call: Call): Promise<void> {
  const { cluster } = secret.entry;
  const subject = {
    cluster,
    changeSet: secret.version,
    action: "rotate",
    who: "secretsmanager.amazonaws.com",
  };
  const rotation = { ...secret, call, subject };
  call.services.log.begin({ cluster, action: `rotate ${request.Step}` });
  const stages = (await call.services.secretVersions.stages(secret.secret)).get(secret.version) ?? [];
  const isFinished = stages.includes("AWSCURRENT");
  if (request.Step === "finishSecret") return finish(rotation, isFinished);
  if (isFinished) return;
  if (request.Step === "createSecret") return create(rotation);
  if (request.Step === "testSecret")
    return test(rotation, await readPending(rotation), await serverAt(secret.entry, call));
  const passwords = await readPasswords(rotation);
  return withClusterLock({ call, entry: secret.entry, subject }, session =>
    setOnServer({ ...rotation, session }, passwords),
  );
}

/** Writes the new password as AWSPENDING, unless this rotation has done so. */
async function create({ call, entry, secret, user, version }: Rotation): Promise<void> {
  const { secretVersions } = call.services;
  const current = await secretVersions.read(secret, "AWSCURRENT");
  const content = current && secretContent(current.text, user);
  if (!content) throw unusable(entry.cluster, secret, user, "AWSCURRENT");
  const written = await secretVersions.read(secret, "AWSPENDING", version);
  const pending = written && secretContent(written.text, user);
  if (pending && pending.password !== content.password) return;
  const text = secretText(entry, user, generatePassword(), content.dbname);
  await secretVersions.write(secret, version, text).catch((cause: unknown) => {
    if (errorName(cause) !== "ResourceExistsException") throw cause;
    throw new AccountSecretError(
      `${entry.cluster}: the version ${version} of ${secret} exists with another text, so the rotation cannot write ` +
        "its password there. Remove the label AWSPENDING from that version (`aws secretsmanager " +
        "update-secret-version-stage --version-stage AWSPENDING --remove-from-version-id ...`), then rotate again.",
      { cause },
    );
  });
}

/** The version that the rotation makes. In a test of Secrets Manager's own it may equal the current one. */
async function readPending({ call, entry, secret, user, version }: Rotation): Promise<SecretContent> {
  const found = await call.services.secretVersions.read(secret, "AWSPENDING", version);
  const content = found && secretContent(found.text, user);
  if (!content) throw unusable(entry.cluster, secret, user, "AWSPENDING");
  return content;
}

/** @throws AccountSecretError if one of the two versions is not there */
async function readPasswords(rotation: Rotation): Promise<RotatedPasswords> {
  const { call, entry, secret, user } = rotation;
  const found = await call.services.secretVersions.read(secret, "AWSCURRENT");
  const current = found && secretContent(found.text, user);
  if (!current) throw unusable(entry.cluster, secret, user, "AWSCURRENT");
  const next = await readPending(rotation);
  if (next.password === current.password) throw unusable(entry.cluster, secret, user, "AWSPENDING");
  return { current, next };
}

/** @param server the cluster's writer, as a session has it */
async function test(rotation: Rotation, { password }: SecretContent, server: string): Promise<void> {
  if (await isPasswordOf({ ...rotation, server }, password)) return;
  throw new AccountSecretError(
    `${rotation.entry.cluster}: ${rotation.user} does not log in by the password of the version AWSPENDING of ` +
      `${rotation.secret}. AWSCURRENT stays. Rotate again.`,
  );
}

/** Moves AWSCURRENT. From then on, the time of the password before it runs out. */
async function finish(rotation: Rotation, isFinished: boolean): Promise<void> {
  const { call, entry, secret, subject, version } = rotation;
  await withClusterLock({ call, entry, subject }, async session => {
    if (!isFinished) {
      const { next } = await readPasswords(rotation);
      await test(rotation, next, session.server);
      await call.services.secretVersions.makeCurrent(secret, version);
    }
    if (await finishOnServer({ ...rotation, session }, oldUntil => holdRotated(rotation, oldUntil)))
      await recordResult(call, { ...subject, message: "AWSCURRENT moved" }, NOTHING_RAN);
  });
  await sendEvents(entry.cluster, call);
}

const unusable = (cluster: string, secret: string, user: string, stage: string) =>
  new AccountSecretError(
    `${cluster}: the version ${stage} of the secret ${secret} holds no password of ${user} that can be used. ` +
      (stage === "AWSCURRENT" ? "Apply the cluster first, which sets one." : "Rotate again."),
  );
