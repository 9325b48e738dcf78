import type { StackContract } from "../../contract/stack.ts";

/** Applications as their users reach them. Rules for every implementation: ../ports.ts. */

/** What is only known of a rehearsal: its way in, and its stack's contract before there is one to read. */
export interface CanaryPort {
  /** Odoo through the rehearsal's own name. */
  readonly odoo: OdooPort;
  /** At the rehearsal's own port. */
  readonly web: WebPort;
  /** As planned: an `up` gives its outputs only when it ends. */
  readonly contract: StackContract;
}

export interface SunkMessage {
  /** The sink's own. */
  readonly id: string;
  readonly subject: string;
  /** Address of whoever brought it, as the sink saw it. */
  readonly from: string;
  readonly atMs: number;
}

/** A mail server that takes every message and passes none on, outside both sites. */
export interface SinkPort {
  /** As the sites' applications reach it. */
  readonly smtp: { readonly host: string; readonly port: number };
  /** Messages that it holds whose subject contains that text, oldest first. */
  messages(subject: string, signal: AbortSignal): Promise<readonly SunkMessage[]>;
}

export type OdooValue =
  | string
  | number
  | boolean
  | null
  | readonly OdooValue[]
  | { readonly [key: string]: OdooValue };

/** Odoo's JSON-RPC through the public name, resolved anew for each call (never the host's resolver). */
export interface OdooPort {
  login(signal: AbortSignal): Promise<OdooSession>;
}

export interface OdooSession {
  readonly uid: number;
  /** Address that the name resolved to, and that answered. */
  readonly address: string;
  execute(model: string, method: string, args: readonly OdooValue[], signal: AbortSignal): Promise<OdooValue>;
}

export interface WebRequest {
  /** Name that the certificate has to be for, and of the Host header. */
  readonly host: string;
  /** Name whose address is asked, resolved anew for each request. */
  readonly through: string;
  readonly method: "GET" | "HEAD" | "POST" | "PATCH";
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In the Host header, where it is not `host`. */
  readonly hostHeader?: string;
  /** Service whose user signs the request; the adapter has the password. */
  readonly signIn?: string;
  /** The answer goes on and on: it is read until this text has come. */
  readonly until?: string;
}

export interface WebAnswer {
  /** That answered. */
  readonly address: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** NAME=VALUE of each that was set. */
  readonly cookies: readonly string[];
  readonly body: string;
  /** As the server showed it, and as it was checked: an unknown issuer or another name is no answer at all. */
  readonly certificate: {
    readonly subject: string;
    readonly issuer: string;
    readonly validTo: string;
    readonly names: string;
  };
}

/** HTTPS through the gateway, by names of the business. Any status is an answer. */
export interface WebPort {
  request(asked: WebRequest, signal: AbortSignal): Promise<WebAnswer>;
}

export interface WorkflowToPublish {
  readonly host: string;
  readonly through: string;
  readonly name: string;
  /** Path below /webhook/. */
  readonly webhook: string;
  /** What it answers with, read with a credential that n8n keeps encrypted. */
  readonly query: string;
}

/** Makes what a drill will ask of n8n after the loss, as its owner. */
export interface WorkflowPort {
  publish(wanted: WorkflowToPublish, signal: AbortSignal): Promise<void>;
}
