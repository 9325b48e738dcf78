import type { Config } from "../config/index.ts";
import { document } from "./aws/documents.ts";
import type { IdentityRights } from "./identity-rights.ts";

/** What the stack's own identity needs to write these names, and no others. */
export function planDnsRights(
  { site, traffic }: Config,
  names: readonly string[],
): readonly IdentityRights[] {
  const moves = site.name === "dr";
  const purpose = moves ? "moves the weights of the public names" : "writes the fixed records";
  const heldBy = `who runs pulumi up of ${site.name}`;
  switch (traffic.implementation) {
    case "powerdns":
      return [
        {
          name: "powerdns",
          heldBy,
          purpose,
          madeBy: "a person",
          documents: {},
          words: [
            "the API key of the name server, which opens every zone there: PowerDNS has no smaller one",
            `keep ${traffic.zone} on a server of its own, or a proxy before its API that lets this zone through`,
          ],
        },
      ];
    case "cloudflare":
      return [
        {
          name: "cloudflare",
          heldBy,
          purpose,
          madeBy: "a person",
          documents: {},
          words: moves
            ? [
                `a token for the zone ${traffic.zone} alone: Zone / Load Balancers / Edit, Zone / DNS / Edit`,
                "and of the account: Account / Load Balancing: Monitors and Pools / Edit",
              ]
            : [`a token for the zone ${traffic.zone} alone: Zone / DNS / Edit`],
        },
      ];
    case "route53":
      if (names.length === 0) return [];
      return [
        {
          name: "route53",
          heldBy,
          purpose,
          madeBy: "a person",
          documents: { policy: route53Policy(traffic.zoneId, names, moves) },
          words: [],
        },
      ];
    default:
      return traffic satisfies never;
  }
}

/** Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html */
function route53Policy(zoneId: string, names: readonly string[], moves: boolean): string {
  const zone = `arn:aws:route53:::hostedzone/${zoneId}`;
  return document([
    {
      Sid: "ItsNames",
      Effect: "Allow",
      Action: ["route53:ChangeResourceRecordSets"],
      Resource: zone,
      Condition: {
        "ForAllValues:StringEquals": {
          "route53:ChangeResourceRecordSetsNormalizedRecordNames": names,
          "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
        },
      },
    },
    {
      Sid: "Look",
      Effect: "Allow",
      Action: ["route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"],
      Resource: zone,
    },
    { Sid: "Wait", Effect: "Allow", Action: ["route53:GetChange"], Resource: "arn:aws:route53:::change/*" },
    ...(moves
      ? [
          // A health check has no name until it is there.
          {
            Sid: "NewChecks",
            Effect: "Allow",
            Action: ["route53:CreateHealthCheck"],
            Resource: "*",
          } as const,
          {
            Sid: "Checks",
            Effect: "Allow",
            Action: [
              "route53:ChangeTagsForResource",
              "route53:DeleteHealthCheck",
              "route53:GetHealthCheck",
              "route53:ListTagsForResource",
              "route53:UpdateHealthCheck",
            ],
            Resource: "arn:aws:route53:::healthcheck/*",
          } as const,
        ]
      : []),
  ]);
}
