// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from "@aws-sdk/client-route-53";

/** Every set of a zone, or those of one name. */
export async function recordSetsOf(
  route53: Route53Client,
  HostedZoneId: string,
  name?: string,
): Promise<readonly ResourceRecordSet[]> {
  const sets: ResourceRecordSet[] = [];
  let start: {
    readonly StartRecordName?: string;
    readonly StartRecordType?: ResourceRecordSet["Type"];
    readonly StartRecordIdentifier?: string;
  } = {};
  for (;;) {
    const page = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId, ...start }));
    sets.push(...(page.ResourceRecordSets ?? []));
    if (page.IsTruncated !== true || page.NextRecordName === undefined) break;
    start = {
      StartRecordName: page.NextRecordName,
      StartRecordType: page.NextRecordType,
      ...(page.NextRecordIdentifier === undefined
        ? {}
        : { StartRecordIdentifier: page.NextRecordIdentifier }),
    };
  }
  return name === undefined ? sets : sets.filter((set) => sameName(set.Name, name));
}

/** Names come back with a dot at the end, and with a star written as its octal code. */
export function sameName(one: string | undefined, other: string | undefined): boolean {
  return plain(one) === plain(other);
}

function plain(name: string | undefined): string {
  return (name ?? "").replace(/\.$/u, "").replace("\\052", "*").toLowerCase();
}
