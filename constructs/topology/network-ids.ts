import type { TextRule } from "../terraform/assertions";

const idOf = (start: string, what: string): TextRule => ({
  pattern: new RegExp(`^${start}-[0-9a-z]+$`),
  rule: `the id of ${what} (\`${start}-...\`)`,
});

export const SECURITY_GROUP = idOf("sg", "a security group");
export const SUBNET = idOf("subnet", "a subnet");
export const VPC = idOf("vpc", "a VPC");
export const ROUTE_TABLE = idOf("rtb", "a route table");
