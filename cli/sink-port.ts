import type { SinkPort, SunkMessage } from "../drill/ports/applications.ts";
import { PortError } from "../drill/ports/port-error.ts";

/** The lab's sink in the third place; its module is loaded here, because a production site has none. */
export async function createSinkPort(): Promise<SinkPort> {
  const { bringerOf, sinkSmtp, sunkMail } = await import("../lab/third/sink.ts");
  return {
    smtp: sinkSmtp,
    async messages(subject, signal) {
      signal.throwIfAborted();
      try {
        const found = (await sunkMail()).filter((mail) => mail.subject.includes(subject));
        return await Promise.all(
          found.map(async (mail): Promise<SunkMessage> => ({ ...mail, from: await bringerOf(mail.id) })),
        );
      } catch (cause) {
        throw new PortError("sink", cause instanceof Error ? cause.message : String(cause), { cause });
      }
    },
  };
}
