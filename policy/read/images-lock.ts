/** `images.lock`: one `repository@sha256:<64 hex digits>` a line; `#` starts a comment. */
export function parseImagesLock(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const locked = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const image = parseImage(line.replace(/#.*$/, "").trim());
    if (image?.digest === undefined) continue;
    const digests = locked.get(image.repository) ?? new Set();
    locked.set(image.repository, digests.add(image.digest));
  }
  return locked;
}

export interface Image {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export function parseImage(text: string): Image | undefined {
  const match = /^([^\s@]+?)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(text);
  return match?.[1] === undefined ? undefined : { repository: match[1], tag: match[2], digest: match[3] };
}
