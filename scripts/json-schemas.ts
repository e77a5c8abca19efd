import * as z from "zod";
import {
  EVENT_SCHEMAS,
  EVENT_SOURCE,
  EVENT_TYPES,
  EVENT_VERSION,
  type EventType,
} from "../core/events/events";
import { sourceDocumentSchema } from "../core/source";

/** Draft 7, which most editors and code generators support. */
const TARGET = "draft-7";

const textOf = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;

/**
 * The JSON schema of each event's detail. It allows unknown fields, because fields may be added within a
 * version, and receivers that validate events must accept them.
 */
export const eventSchemas = (): { readonly type: EventType; readonly text: string }[] =>
  EVENT_TYPES.map(type => {
    const schema = z.toJSONSchema(EVENT_SCHEMAS[type], {
      target: TARGET,
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    });
    const { $schema, ...rest } = schema;
    const title = `${type}, version ${EVENT_VERSION}: the detail of an event whose source is ${EVENT_SOURCE}`;
    return { type, text: textOf({ $schema, title, ...rest }) };
  });

/** The JSON schema of a document in Parameter Store. */
export function sourceDocumentSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(sourceDocumentSchema, {
    target: TARGET,
    io: "input",
    // `readOnly` only says that our own types are frozen.
    override: ({ jsonSchema }) => void delete jsonSchema.readOnly,
  });
  return textOf({ $schema, title: "Who may reach the databases of a source in Parameter Store", ...rest });
}
