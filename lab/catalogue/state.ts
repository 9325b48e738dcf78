export interface ArtefactState {
  readonly name: string;
  readonly title: string;
  readonly key: string;
  readonly state: "built" | "missing" | "official";
  /** How long the build of this key took, or where it is missing the last one of any key. */
  readonly ms?: number;
  readonly detail?: string;
}
