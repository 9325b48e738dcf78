import { cronJob, object, withChanged, without } from "../builders.ts";
import { active, args, broken } from "./active-site.ts";
import type { Case } from "./case.ts";

export const recoveryPointCases: readonly Case[] = [
  { rule: "archive-timeout-within-rpo", kind: "valid", what: "60 s", stack: active },
  {
    rule: "archive-timeout-within-rpo",
    kind: "extras",
    what: "minutes, the other form, the last one counts",
    stack: args("-c archive_timeout=5h --archive-timeout=5min"),
  },
  {
    rule: "archive-timeout-within-rpo",
    kind: "nearMiss",
    what: "as long as the RPO",
    stack: args("-c archive_timeout=15min"),
    says: "archive_timeout 900 s, and the RPO is 900 s",
  },
  {
    rule: "archive-timeout-within-rpo",
    kind: "nearMiss",
    what: "left out",
    stack: args("-c archive_command=true"),
    says: "archives without archive_timeout",
  },
  {
    rule: "archive-timeout-within-rpo",
    kind: "nearMiss",
    what: "0, which is never",
    stack: args("-c archive_timeout=0"),
    says: "archives without archive_timeout",
  },
  {
    rule: "archive-timeout-within-rpo",
    kind: "nearMiss",
    what: "CloudNativePG",
    stack: [
      object("Cluster", "pg", {
        spec: { backup: {}, postgresql: { parameters: { archive_timeout: "1h" } } },
      }),
    ].map((one) => ({ ...one, type: "kubernetes:postgresql.cnpg.io/v1:Cluster" })),
    says: "the cluster has archive_timeout 3600 s",
  },
  { rule: "worst-case-within-rpo", kind: "valid", what: "60 s and 30 s", stack: active },
  {
    rule: "worst-case-within-rpo",
    kind: "extras",
    what: "exactly the RPO",
    stack: args("-c archive_timeout=870"),
  },
  {
    rule: "worst-case-within-rpo",
    kind: "nearMiss",
    what: "a second more",
    stack: args("-c archive_timeout=871"),
    says: "make 901 s, and the RPO is 900 s",
  },
  {
    rule: "worst-case-within-rpo",
    kind: "nearMiss",
    what: "schedules alone",
    stack: [cronJob()],
    says: "no WAL is archived; a backup comes every 1440 minutes and may end 110 minutes later",
  },
  {
    rule: "worst-case-within-rpo",
    kind: "extras",
    what: "schedules alone, often enough",
    stack: [cronJob()],
    settings: { rpoSeconds: 93_000 },
  },
  { rule: "two-repositories", kind: "valid", what: "the site's and the third place's", stack: active },
  {
    rule: "two-repositories",
    kind: "extras",
    what: "a third in another cloud, in one config as repo2",
    stack: broken(
      "pgbackrest",
      "stringData.both",
      [
        "repo1-s3-endpoint=s3.example",
        "repo1-s3-bucket=acme-main",
        "repo1-retention-full=14",
        "repo2-gcs-bucket=acme",
        "repo2-retention-full=14",
        "pg1-path=/data",
      ].join("\n"),
    ),
  },
  {
    rule: "two-repositories",
    kind: "nearMiss",
    what: "one",
    stack: broken("pgbackrest", "stringData.archive-site~conf", undefined),
    says: "only one repository",
  },
  {
    rule: "two-repositories",
    kind: "nearMiss",
    what: "both in this cluster",
    stack: withChanged(active, "pgbackrest", (one) => {
      const { stringData } = one.props as { stringData: Record<string, string> };
      const text = stringData["archive-offsite.conf"] ?? "";
      return {
        ...one,
        props: {
          ...(one.props as object),
          stringData: { ...stringData, "archive-offsite.conf": text.replace("=s3.example", "=objects") },
        },
      };
    }),
    says: "no repository outside the site",
  },
  {
    rule: "two-repositories",
    kind: "nearMiss",
    what: "no config at all",
    stack: without(active, "pgbackrest"),
    says: "no pgBackRest config in the stack says where",
  },
  {
    rule: "lock-within-retention",
    kind: "valid",
    what: "what the stack's configs keep, over another stack's lock",
    stack: active,
    settings: { lockDays: 13 },
  },
  {
    rule: "lock-within-retention",
    kind: "nearMiss",
    what: "a config that keeps no more than the lock",
    stack: active,
    settings: { lockDays: 14 },
    says: "archive-offsite.conf lets a full backup expire after 14 days",
  },
];
