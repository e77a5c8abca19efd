import type { AccessEvent } from "../../../core/events/events";
import { printableJson } from "../../../core/printable";
import { clip } from "../render/plain-text";
import { renderSubject, renderText } from "../render/templates";
import { viewOf } from "../render/view";

/** A message to an SNS topic. */
export interface TopicMessage {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * SNS accepts 256 KB with the attributes.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
const MESSAGE_BYTES = 250 * 1024;
/** SNS accepts fewer than 100 characters. */
const SUBJECT_LENGTH = 99;
const LINE = "-".repeat(78);

/** For people, who get the text by mail, and for programs, which read the JSON after the line of dashes. */
export function topicMessage(topicArn: string, event: AccessEvent): TopicMessage {
  const view = viewOf(event);
  const text = renderText(view);
  const json = printableJson({ "detail-type": event.type, detail: event.detail });
  const whole = `${text}\n${LINE}\n${json}\n`;
  return {
    topicArn,
    subject: subject(renderSubject(view)),
    message: Buffer.byteLength(whole) <= MESSAGE_BYTES ? whole : clip(text, MESSAGE_BYTES / 4),
    attributes: { event: event.type, cluster: view.cluster },
  };
}

/** SNS refuses subjects with characters outside ASCII, and those that begin with a space. */
const subject = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/gu, "?")
    .trim()
    .slice(0, SUBJECT_LENGTH)
    .trim() || "aurora-users";
