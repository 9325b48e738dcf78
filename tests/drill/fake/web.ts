import type { WebAnswer, WebPort, WebRequest } from "../../../drill/ports/applications.ts";
import { PortError } from "../../../drill/ports/port-error.ts";
import { addresses } from "./contracts.ts";

/** What n8n's workflow reads, as the database has it. */
export const sampleRows = [
  { id: 1, name: "Ada" },
  { id: 2, name: "Grace" },
] as const;

/** A gateway with n8n, opening hours and notifications behind it; one key function may be out of order at dr. */
export function createFakeWeb(args: {
  readonly address: () => string;
  readonly fails: string | null;
  readonly missing: () => string | null;
  /** n8n's workflow for drills is there. */
  readonly published: () => boolean;
}): WebPort {
  const published: string[] = [];
  const answer = (status: number, body: string): WebAnswer => ({
    address: args.address(),
    status,
    headers: {},
    cookies: [],
    body,
    certificate: {
      subject: "site",
      issuer: "the business's",
      validTo: "Jan 1 2027",
      names: "DNS:*.holdfast.test",
    },
  });

  function notifications(asked: WebRequest): WebAnswer {
    if (args.missing() === "notifications") return answer(502, "Bad Gateway");
    if (asked.signIn !== "notifications") return answer(403, "forbidden");
    if (asked.method === "POST") {
      published.push(asked.body ?? "");
      return answer(200, "{}");
    }
    const heard = args.fails === "notifications.publish-subscribe" ? [] : published;
    return answer(200, ["open", ...heard].join("\n"));
  }

  function flows(): WebAnswer {
    const atDr = args.address() === addresses.dr;
    if (atDr && args.missing() === "n8n") return answer(502, "Bad Gateway");
    if (!args.published()) return answer(404, "The requested webhook is not registered.");
    // With another encryption key n8n runs, and its credentials are noise.
    if (atDr && args.fails === "n8n.workflow") return answer(500, '{"message":"Error in workflow"}');
    return answer(200, JSON.stringify(sampleRows));
  }

  return {
    request: async (asked) => {
      if (asked.hostHeader !== undefined)
        return args.fails === "gateway.unknown-host" ? answer(200, "welcome") : answer(421, "");
      if (asked.method === "HEAD" && args.fails === "gateway.tls")
        throw new PortError("web", "self-signed certificate in certificate chain");
      if (asked.host === "flows.holdfast.test") return flows();
      if (asked.host === "notify.holdfast.test") {
        // A subscriber hears what comes after it.
        if (asked.method === "GET") await new Promise((resolve) => setImmediate(resolve));
        return notifications(asked);
      }
      if (asked.path !== "/opening-hours/today") return answer(200, "");
      if (args.missing() === "opening-hours") return answer(502, "Bad Gateway");
      const opens = args.fails === "opening-hours.today" ? "09:00" : "08:00";
      return answer(200, JSON.stringify({ opens }));
    },
  };
}
