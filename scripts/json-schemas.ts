import { z } from "zod";
import {
  EVENT_SCHEMAS,
  EVENT_SOURCE,
  EVENT_TYPES,
  EVENT_VERSION,
  type EventType,
} from "../core/events/events";
import { sourceDocumentSchema } from "../core/source";

/** Draft 7: what editors and generators of code know best. */
const TARGET = "draft-7";

const textOf = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;

/**
 * The JSON schema of each event's detail. It lets fields be that it does not know: within a version some may be added, and who checks
 * events by it must not refuse them for that.
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

/** The JSON schema of a document in Parameter Store, as it is written. */
export function sourceDocumentSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(sourceDocumentSchema, {
    target: TARGET,
    io: "input",
    // Which of ours are frozen is nothing to whoever writes one.
    override: ({ jsonSchema }) => void delete jsonSchema.readOnly,
  });
  return textOf({ $schema, title: "Who may reach the databases of a source in Parameter Store", ...rest });
}
