/**
 * What EventBridge delivers when a user of Identity Center is disabled or deleted.
 *
 * AWS documents which operations CloudTrail records, and no example of these two. This one was recorded, in a
 * function's log, and is quoted from the repository `jSherz/automate-aws-access-removal` on GitHub
 * (`lambda/src/handlers/user-deleted-listener/events/example.json`, read in November 2026). Only the ids of
 * user and event and the operation are replaced.
 * @see https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
 */
export const leavingEvent = (
  eventName: "DisableUser" | "DeleteUser",
  userId: string,
  eventID = "02ff70e0-d0ac-4284-bb43-7166c247bd52",
) => ({
  version: "0",
  id: "6b723911-eeb0-80f9-cf88-ea8d61e7c583",
  "detail-type": "AWS API Call via CloudTrail",
  source: "aws.sso-directory",
  account: "123456789012",
  time: "2023-04-08T15:36:49Z",
  region: "eu-west-1",
  resources: [],
  detail: {
    eventVersion: "1.08",
    userIdentity: {
      type: "Unknown",
      accountId: "123456789012",
      accessKeyId: "c5b559a7-3c64-48cd-8f0b-98eae5d7c855",
    },
    eventTime: "2023-04-08T15:36:49Z",
    eventSource: "sso-directory.amazonaws.com",
    eventName,
    awsRegion: "eu-west-1",
    sourceIPAddress: "123.123.123.123",
    userAgent: "PostmanRuntime/7.26.8",
    requestParameters: { identityStoreId: "d-93670dc30f", userId },
    responseElements: null,
    requestID: "dfe2800f-9980-4358-9cab-4fb81b20e62b",
    eventID,
    readOnly: false,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: "123456789012",
    eventCategory: "Management",
    tlsDetails: {
      tlsVersion: "TLSv1.2",
      cipherSuite: "ECDHE-RSA-AES128-GCM-SHA256",
      clientProvidedHostHeader: "up.sso.eu-west-1.amazonaws.com",
    },
  },
});

/** The event as a queue hands it to the enforcement function. */
export const queued = (event: object) => ({
  Records: [{ eventSource: "aws:sqs", messageId: "1", body: JSON.stringify(event) }],
});
