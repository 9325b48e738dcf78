// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { fromTagList, type Tagged, tagChanges, toTagList } from "../tags.ts";
import { documentFrom } from "./document.ts";

interface Policy extends Tagged {
  readonly name: string;
  readonly policy: string;
  readonly description?: string | undefined;
  readonly path?: string | undefined;
}

/** IAM keeps so many versions of a policy and refuses the next. */
const MOST_VERSIONS = 5;

export const policy = defineAws<Policy>({
  token: "aws:iam/policy:Policy",
  actsOn: ["name", "policy", "description", "path", "tags"],
  replaceOn: ["name", "path", "description"],
  autoName: { property: "name" },
  defaults: { path: "/" },
  computed: ["arn", "policyId", "attachmentCount"],

  async create(inputs, aws) {
    const { Policy: made } = await aws.iam().send(
      new CreatePolicyCommand({
        PolicyName: inputs.name,
        PolicyDocument: inputs.policy,
        Description: inputs.description,
        Path: inputs.path,
        Tags: toTagList(inputs.tagsAll),
      }),
    );
    return made?.Arn ?? "";
  },

  async read(PolicyArn, aws) {
    const iam = aws.iam();
    const found = (await unlessGone(iam.send(new GetPolicyCommand({ PolicyArn }))))?.Policy;
    if (found === undefined) return undefined;
    const VersionId = found.DefaultVersionId;
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    const { Tags } = await iam.send(new ListPolicyTagsCommand({ PolicyArn }));
    return {
      inputs: {
        name: found.PolicyName ?? "",
        policy: documentFrom(PolicyVersion?.Document),
        description: found.Description,
        path: found.Path,
        tagsAll: fromTagList(Tags as never),
      },
      computed: { arn: found.Arn, policyId: found.PolicyId, attachmentCount: found.AttachmentCount ?? 0 },
    };
  },

  async update(PolicyArn, inputs, old, aws) {
    const iam = aws.iam();
    if (inputs.policy !== old.inputs.policy) {
      const others = await otherVersions(iam, PolicyArn);
      const [oldest] = others;
      if (oldest !== undefined && others.length >= MOST_VERSIONS - 1) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest }));
      }
      const version = { PolicyArn, PolicyDocument: inputs.policy, SetAsDefault: true };
      await iam.send(new CreatePolicyVersionCommand(version));
    }
    const { set, removed } = tagChanges(old.inputs.tagsAll, inputs.tagsAll);
    if (set.length > 0) await iam.send(new TagPolicyCommand({ PolicyArn, Tags: set }));
    if (removed.length > 0) await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: removed }));
  },

  async delete(PolicyArn, _inputs, aws) {
    const iam = aws.iam();
    for (const VersionId of await otherVersions(iam, PolicyArn)) {
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await unlessGone(iam.send(new DeletePolicyCommand({ PolicyArn })));
  },
});

/** All but the one in force, the oldest first. */
async function otherVersions(iam: IAMClient, PolicyArn: string): Promise<readonly string[]> {
  const answer = await unlessGone(iam.send(new ListPolicyVersionsCommand({ PolicyArn })));
  return (answer?.Versions ?? [])
    .filter(({ IsDefaultVersion }) => IsDefaultVersion !== true)
    .toSorted((one, other) => number(one.VersionId) - number(other.VersionId))
    .map(({ VersionId = "" }) => VersionId);
}

/** `v12` is the twelfth. */
function number(versionId: string | undefined): number {
  return Number(versionId?.slice(1) ?? 0);
}
