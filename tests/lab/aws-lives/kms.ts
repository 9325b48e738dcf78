import { fresh, type Lives, policyOf } from "./life.ts";

export const kmsLives: Lives = [
  [
    "kms.Key",
    async () => ({
      type: "aws:kms/key:Key",
      inputs: {
        description: "one",
        policy: policyOf("kms:*"),
        enableKeyRotation: true,
        deletionWindowInDays: 7,
        tags: { a: "1" },
      },
      changed: { description: "two", tags: {} },
      shows: ["description", "tags.a", "tagsAll.a"],
      replaces: { multiRegion: true },
      replacing: "multiRegion replaces",
      notImported: ["deletionWindowInDays"],
    }),
  ],
  [
    "kms.Alias",
    async (aws) => ({
      type: "aws:kms/alias:Alias",
      inputs: { name: `alias/${fresh("key")}`, targetKeyId: (await aws.create("aws:kms/key:Key", {})).id },
      changed: { targetKeyId: (await aws.create("aws:kms/key:Key", {})).id },
      shows: ["targetKeyId"],
      replaces: { name: "alias/other" },
      replacing: "name replaces",
    }),
  ],
];
