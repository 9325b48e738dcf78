import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { LockAttempt } from "../ports/objects.ts";

/**
 * Writes an object of its own and does to it what an attacker with these keys
 * would do to a backup set (rule 8: a version is deleted in two ways). Where one
 * of them succeeds nothing but that object is lost.
 */
export async function tryToShorten(
  client: S3Client,
  place: { readonly Bucket: string; readonly Key: string },
  abortSignal: AbortSignal,
): Promise<readonly LockAttempt[]> {
  const options = { abortSignal };
  const { VersionId } = await client.send(new PutObjectCommand({ ...place, Body: "lock" }), options);
  if (VersionId === undefined) return [{ what: "PUT", refused: false, answer: "the store gave no version" }];
  const retention = { Mode: "GOVERNANCE", RetainUntilDate: new Date(Date.now() + 60_000) } as const;
  // The one that would leave the object there comes first: each is tried on a version that exists.
  const attempts: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      "retention shortened",
      () =>
        client.send(
          new PutObjectRetentionCommand({
            ...place,
            VersionId,
            BypassGovernanceRetention: true,
            Retention: retention,
          }),
          options,
        ),
    ],
    [
      "DELETE with versionId",
      () =>
        client.send(
          new DeleteObjectCommand({ ...place, VersionId, BypassGovernanceRetention: true }),
          options,
        ),
    ],
    [
      "POST ?delete with VersionIds",
      () =>
        client.send(
          new DeleteObjectsCommand({
            Bucket: place.Bucket,
            BypassGovernanceRetention: true,
            Delete: { Objects: [{ Key: place.Key, VersionId }] },
          }),
          options,
        ),
    ],
  ];
  const answers: LockAttempt[] = [];
  for (const [what, attempt] of attempts) answers.push({ what, ...(await answerOf(attempt)) });
  return answers;
}

/** A refusal is the store's own; a connection that broke is no proof of one. */
async function answerOf(attempt: () => Promise<unknown>): Promise<Omit<LockAttempt, "what">> {
  try {
    const { Errors } = (await attempt()) as { readonly Errors?: readonly { readonly Code?: string }[] };
    const code = Errors?.[0]?.Code;
    return { refused: code === "AccessDenied", answer: code ?? "done" };
  } catch (error) {
    if (!(error instanceof Error && "$metadata" in error)) throw error;
    return { refused: error.name === "AccessDenied", answer: error.name };
  }
}
