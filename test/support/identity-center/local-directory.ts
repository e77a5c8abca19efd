import { unsignedAuthorization } from "../../../local/aws-http/identity";

/** The directory of the events in leaving-events.ts. */
export const DIRECTORY = "d-93670dc30f";

/** The directory of Identity Center on the local cloud, as its administrator changes it. */
export class IdentityCenter {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** @returns the user's id */
  async createUser(UserName: string): Promise<string> {
    const Name = { GivenName: "Jane", FamilyName: "Doe" };
    const answer = await this.#call("CreateUser", { UserName, DisplayName: UserName, Name });
    return (answer as { UserId: string }).UserId;
  }

  /** Makes a group of users. @returns the ids of their memberships, by user id */
  async createGroup(DisplayName: string, userIds: readonly string[]): Promise<Map<string, string>> {
    const { GroupId } = (await this.#call("CreateGroup", { DisplayName })) as { GroupId: string };
    const memberships = new Map<string, string>();
    for (const UserId of userIds) {
      const answer = await this.#call("CreateGroupMembership", { GroupId, MemberId: { UserId } });
      memberships.set(UserId, (answer as { MembershipId: string }).MembershipId);
    }
    return memberships;
  }

  async leaveGroup(MembershipId: string): Promise<void> {
    await this.#call("DeleteGroupMembership", { MembershipId });
  }

  async deleteUser(UserId: string): Promise<void> {
    await this.#call("DeleteUser", { UserId });
  }

  async #call(operation: string, input: object): Promise<unknown> {
    const headers = {
      authorization: unsignedAuthorization("any", "identitystore"),
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSIdentityStore.${operation}`,
    };
    const body = JSON.stringify({ IdentityStoreId: DIRECTORY, ...input });
    const answer = await fetch(this.#endpoint, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
