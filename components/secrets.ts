import type { Output } from "@pulumi/pulumi";
import type { SecretRef } from "../plan/types.ts";

/** Gives the value of a secret that the plan only refers to; always a secret output. */
export type ResolveSecret = (ref: SecretRef) => Output<string>;
