import type { KeyFunction } from "../../contract/key-function.ts";
import type { StackContract } from "../../contract/stack.ts";
import { contractOf } from "../in-pod.ts";
import type { StepContext } from "../step.ts";
import { done, notYet, WaitTimeout } from "../until.ts";
import { servesTls, unknownHostIsRefused } from "./gateway.ts";
import { answersAs } from "./http.ts";
import { notReady } from "./not-ready.ts";
import { publishAndSubscribe } from "./publish-subscribe.ts";
import type { Tried } from "./tried.ts";
import { workflowAnswers } from "./workflow.ts";

type Service = StackContract["services"][number];

/**
 * Every key function that a stack declares, but Odoo's, side by side. What does not
 * hold is missed and nothing more: the business goes on without what is not critical,
 * and the run has other things left to prove.
 */
export async function tryServices(context: StepContext): Promise<void> {
  const { services } = contractOf(context, "dr");
  await Promise.all(services.map((service) => tryService(context, service)));
}

async function tryService(context: StepContext, service: Service): Promise<void> {
  const functions = (service.keyFunctions ?? []).filter(({ kind }) => kind !== "odoo");
  await Promise.all(functions.map((each) => tryFunction(context, each)));
  // Nothing has waited for it until now; by now it has had its time.
  const missing = service.critical ? null : await notReady(context, service);
  if (missing !== null)
    context.finding({
      id: "SERVICE_NOT_READY",
      what: `${service.name}: ${missing}`,
      hint: `kubectl describe pods --selector app.kubernetes.io/name=${service.name}; then kubectl logs deployment/${service.deployment}`,
    });
}

async function tryFunction(context: StepContext, each: KeyFunction): Promise<void> {
  const judge = (holds: boolean, detail: string): void =>
    context.check("keyFunctions", each.id as `${string}.${string}`, holds ? "met" : "missed", detail);
  try {
    const detail = await context.until(
      each.id,
      async (signal) => {
        const tried = await tryOnce(context, each, signal);
        return tried.holds ? done(tried.detail) : notYet(tried.detail);
      },
      { timeout: "serviceFunction" },
    );
    judge(true, detail);
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    judge(false, error.lastSeen);
  }
}

function tryOnce(context: StepContext, each: KeyFunction, signal: AbortSignal): Promise<Tried> {
  switch (each.kind) {
    case "http":
      return answersAs(context, each, signal);
    case "tls":
      return servesTls(context, each, signal);
    case "unknown-host":
      return unknownHostIsRefused(context, each, signal);
    case "workflow":
      return workflowAnswers(context, each, signal);
    case "publish-subscribe":
      return publishAndSubscribe(context, each, signal);
    case "odoo":
      throw new Error(`${each.id} has a session of its own`);
    default:
      return each satisfies never;
  }
}
