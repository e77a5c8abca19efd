/** The number of the language that Terraform and the functions speak. A payload with another one is refused. */
export const PROTOCOL = 1;
