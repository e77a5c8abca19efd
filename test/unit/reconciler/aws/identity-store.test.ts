import { SignedIdentityStore } from "../../../../lambdas/reconciler/aws/identity-store";
import { fakeAws } from "../../cli/fake-aws";

const directory = { identityStoreId: "d-1234567890", region: "eu-west-1" };
const credentials = async () => ({ accessKeyId: "any", secretAccessKey: "any" });

describe("the directory of Identity Center", () => {
  const asked: [target: string, body: object][] = [];
  let answer: (target: string, body: { NextToken?: string }) => object | undefined;
  let aws: Awaited<ReturnType<typeof fakeAws>>;
  beforeAll(async () => {
    aws = await fakeAws((target, text) => {
      const body = JSON.parse(text);
      asked.push([target, body]);
      return answer(target, body);
    });
  });
  afterAll(() => aws.close());
  beforeEach(() => {
    asked.length = 0;
  });
  const store = () => new SignedIdentityStore(credentials, aws.url);

  it("is read page by page, without users who have no name", async () => {
    answer = (_, { NextToken }) =>
      NextToken
        ? { Users: [{ UserId: "id-2", UserName: "bob" }, { UserId: "id-3" }], NextToken: null }
        : { Users: [{ UserId: "id-1", UserName: "jane.doe" }], NextToken: "more" };
    expect([...(await store().names(directory))]).toEqual([
      ["id-1", "jane.doe"],
      ["id-2", "bob"],
    ]);
    expect(asked).toEqual([
      ["AWSIdentityStore.ListUsers", { IdentityStoreId: "d-1234567890", MaxResults: 100 }],
      ["AWSIdentityStore.ListUsers", { IdentityStoreId: "d-1234567890", MaxResults: 100, NextToken: "more" }],
    ]);
  });

  it("says who a user is", async () => {
    answer = () => ({ UserId: "id-1", UserName: "jane.doe" });
    expect(await store().nameOf(directory, "id-1")).toBe("jane.doe");
    expect(asked).toEqual([
      ["AWSIdentityStore.DescribeUser", { IdentityStoreId: "d-1234567890", UserId: "id-1" }],
    ]);
  });

  it("names the permission that is missing", async () => {
    answer = () => undefined;
    await expect(store().nameOf(directory, "id-1")).rejects.toMatchObject({
      code: "DirectoryUnusable",
      message: expect.stringMatching(/AccessDeniedException.*identitystore:DescribeUser on d-1234567890/),
    });
  });

  it("is no list if AWS answers something else, or not at all", async () => {
    answer = () => ({ Users: "none" });
    await expect(store().names(directory)).rejects.toThrow(/form that is not known/);
    const nobody = new SignedIdentityStore(credentials, "http://127.0.0.1:1");
    await expect(nobody.names(directory)).rejects.toThrow("Identity Center in eu-west-1 did not answer");
  });
});
