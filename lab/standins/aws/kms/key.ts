// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  ListAliasesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import { defineAws } from "../define.ts";
import { unlessGone } from "../gone.ts";
import { type Regional, type Tagged, tagChanges } from "../tags.ts";

interface Key extends Tagged, Regional {
  readonly description?: string | undefined;
  readonly policy?: string | undefined;
  readonly keyUsage?: string | undefined;
  readonly customerMasterKeySpec?: string | undefined;
  readonly multiRegion?: boolean | undefined;
  readonly deletionWindowInDays?: number;
  readonly enableKeyRotation?: boolean | undefined;
  readonly rotationPeriodInDays?: number | undefined;
  readonly isEnabled?: boolean | undefined;
}

export const key = defineAws<Key>({
  token: "aws:kms/key:Key",
  actsOn: [
    "description",
    "policy",
    "keyUsage",
    "customerMasterKeySpec",
    "multiRegion",
    "deletionWindowInDays",
    "enableKeyRotation",
    "rotationPeriodInDays",
    "isEnabled",
    "tags",
  ],
  replaceOn: ["keyUsage", "customerMasterKeySpec", "multiRegion"],
  defaults: {
    description: "Managed by Pulumi",
    keyUsage: "ENCRYPT_DECRYPT",
    customerMasterKeySpec: "SYMMETRIC_DEFAULT",
    isEnabled: true,
  },
  computed: ["arn", "keyId", "policy", "rotationPeriodInDays"],

  async create(inputs, aws) {
    const kms = aws.kms(inputs.region ?? aws.region);
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        Description: inputs.description,
        Policy: inputs.policy,
        KeyUsage: inputs.keyUsage as KeyUsageType,
        KeySpec: inputs.customerMasterKeySpec as KeySpec,
        MultiRegion: inputs.multiRegion ?? false,
        Tags: toKmsTags(inputs.tagsAll),
      }),
    );
    const KeyId = KeyMetadata?.KeyId ?? "";
    await rotate(kms, KeyId, inputs);
    if (inputs.isEnabled === false) await kms.send(new DisableKeyCommand({ KeyId }));
    return KeyId;
  },

  async read(KeyId, aws, region) {
    const kms = aws.kms(region);
    const found = (await unlessGone(kms.send(new DescribeKeyCommand({ KeyId }))))?.KeyMetadata;
    // A key on its way out is gone for the program; only its window is not over yet.
    if (found === undefined || found.KeyState === "PendingDeletion") return undefined;
    const { Policy: policy } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" }));
    const rotation = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
    const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }));
    return {
      inputs: {
        description: found.Description,
        policy,
        keyUsage: found.KeyUsage,
        customerMasterKeySpec: found.KeySpec,
        multiRegion: found.MultiRegion,
        enableKeyRotation: rotation.KeyRotationEnabled,
        rotationPeriodInDays:
          rotation.KeyRotationEnabled === true ? rotation.RotationPeriodInDays : undefined,
        isEnabled: found.Enabled,
        tagsAll: Object.fromEntries(Tags.map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue])),
      },
      computed: { arn: found.Arn, keyId: KeyId, policy, rotationPeriodInDays: rotation.RotationPeriodInDays },
    };
  },

  async update(KeyId, inputs, old, aws) {
    const kms = aws.kms(inputs.region ?? aws.region);
    if (inputs.isEnabled !== false) await kms.send(new EnableKeyCommand({ KeyId }));
    const { description: Description = "", policy: Policy } = inputs;
    if (Description !== old.inputs.description) {
      await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description }));
    }
    if (Policy !== undefined && Policy !== old.inputs.policy) {
      await kms.send(new PutKeyPolicyCommand({ KeyId, Policy, PolicyName: "default" }));
    }
    await rotate(kms, KeyId, inputs);
    const { set, removed } = tagChanges(old.inputs.tagsAll, inputs.tagsAll);
    const Tags = set.map(({ Key: TagKey, Value: TagValue }) => ({ TagKey, TagValue }));
    if (set.length > 0) await kms.send(new TagResourceCommand({ KeyId, Tags }));
    if (removed.length > 0) await kms.send(new UntagResourceCommand({ KeyId, TagKeys: removed }));
    if (inputs.isEnabled === false) await kms.send(new DisableKeyCommand({ KeyId }));
  },

  async delete(KeyId, { deletionWindowInDays: PendingWindowInDays = 30, region }, aws) {
    const command = new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays });
    await unlessGone(aws.kms(region ?? aws.region).send(command));
  },
});

async function rotate(kms: KMSClient, KeyId: string, inputs: Key): Promise<void> {
  const { enableKeyRotation, rotationPeriodInDays: RotationPeriodInDays } = inputs;
  if (enableKeyRotation === true) {
    const period = RotationPeriodInDays === undefined ? {} : { RotationPeriodInDays };
    await kms.send(new EnableKeyRotationCommand({ KeyId, ...period }));
  } else await kms.send(new DisableKeyRotationCommand({ KeyId }));
}

function toKmsTags(tags: Tagged["tagsAll"]): { readonly TagKey: string; readonly TagValue: string }[] {
  return Object.entries(tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}

interface Alias extends Regional {
  readonly name: string;
  readonly targetKeyId: string;
}

export const alias = defineAws<Alias>({
  token: "aws:kms/alias:Alias",
  actsOn: ["name", "targetKeyId"],
  replaceOn: ["name"],
  autoName: { property: "name", prefix: "alias/" },
  computed: ["arn", "targetKeyArn"],
  rules: ({ name }) =>
    name.startsWith("alias/")
      ? []
      : [{ property: "name", reason: `name: must begin with "alias/", got ${JSON.stringify(name)}` }],

  async create({ name: AliasName, targetKeyId: TargetKeyId, region }, aws) {
    await aws.kms(region ?? aws.region).send(new CreateAliasCommand({ AliasName, TargetKeyId }));
    return AliasName;
  },

  async read(id, aws, region, known) {
    const kms = aws.kms(region);
    const { Aliases = [] } = await kms.send(new ListAliasesCommand({}));
    const found = Aliases.find(({ AliasName }) => AliasName === id);
    if (found === undefined) return undefined;
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: found.TargetKeyId ?? "" }));
    const targets = [KeyMetadata?.KeyId, KeyMetadata?.Arn];
    // Given by its ARN or its id, it is the same key.
    const given = known?.inputs.targetKeyId;
    const targetKeyId = targets.includes(given) ? given : KeyMetadata?.KeyId;
    return {
      inputs: { name: id, targetKeyId },
      computed: { arn: found.AliasArn, targetKeyArn: KeyMetadata?.Arn },
    };
  },

  async update(AliasName, { targetKeyId: TargetKeyId, region }, _old, aws) {
    await aws.kms(region ?? aws.region).send(new UpdateAliasCommand({ AliasName, TargetKeyId }));
  },

  async delete(AliasName, { region }, aws) {
    await unlessGone(aws.kms(region ?? aws.region).send(new DeleteAliasCommand({ AliasName })));
  },
});
