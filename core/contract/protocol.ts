/**
 * The version of the payload between Terraform and the functions. A payload with another number is refused.
 */
export const PROTOCOL = 1;
