// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
/** IAM gives documents back URL-encoded. */
export function documentFrom(answer: string | undefined): string {
  if (answer === undefined) return "";
  return answer.startsWith("{") ? answer : decodeURIComponent(answer);
}
