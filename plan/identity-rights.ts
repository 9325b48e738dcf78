/** One identity that a stack needs, or makes, with the least that it can do its work with. */
export interface IdentityRights {
  readonly name: string;
  /** Who or what holds it. */
  readonly heldBy: string;
  readonly purpose: string;
  /** Whether the stack makes it, or a person has to before. */
  readonly madeBy: "the stack" | "a person";
  /** Documents by what they are: policy, trust. JSON. */
  readonly documents: Readonly<Record<string, string>>;
  /** Rights that no document of IAM says, in words. */
  readonly words: readonly string[];
}
