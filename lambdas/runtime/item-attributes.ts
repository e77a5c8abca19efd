import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Json } from "../../core/json";

type Members = Readonly<Record<string, Json | Uint8Array | undefined>>;

/**
 * JSON (and bytes) as DynamoDB's typed attributes. Members that are undefined are left out, at every depth.
 */
export const toAttributes = (members: Members): Record<string, AttributeValue> =>
  marshall(members, {
    removeUndefinedValues: true,
    allowImpreciseNumbers: true,
    // A member that is called `constructor` makes an object look like an instance of a class.
    convertClassInstanceToMap: true,
  });

/** The JSON (and bytes) that `toAttributes` was called with. Every number is a JavaScript number. */
export const fromAttributes = (attributes: Record<string, AttributeValue>) =>
  unmarshall(attributes, { wrapNumbers: Number });
