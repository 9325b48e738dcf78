// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
export type Tags = Readonly<Record<string, string>>;

export interface Tagged {
  readonly tags?: Tags | undefined;
  /** With the provider's default tags; what is really set. */
  readonly tagsAll?: Tags | undefined;
}

export interface Regional {
  readonly region?: string | undefined;
}

export interface AwsTag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

export function toTagList(tags: Tags | undefined): { readonly Key: string; readonly Value: string }[] {
  return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

export function fromTagList(list: readonly AwsTag[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** What a change of tags asks of services that set and remove them one by one. */
export function tagChanges(
  before: Tags | undefined,
  after: Tags | undefined,
): { readonly set: { readonly Key: string; readonly Value: string }[]; readonly removed: string[] } {
  const set = toTagList(after).filter(({ Key, Value }) => before?.[Key] !== Value);
  return { set, removed: Object.keys(before ?? {}).filter((key) => after?.[key] === undefined) };
}
