import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createProxy, readPem } from "./proxy.ts";

/**
 * `main.ts SETTINGS-JSON`, inside the third place's network. Each line on standard input is a new control; the end
 * of standard input ends the proxy: it never outlives whoever started it.
 */
interface Settings {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly listen: { readonly address: string; readonly port: number };
  readonly upstream: { readonly address: string; readonly port: number; readonly name: string };
  readonly log: string;
}

const settings = JSON.parse(process.argv[2] ?? "") as Settings;
const proxy = createProxy({
  cert: readPem(settings.cert),
  key: readPem(settings.key),
  upstream: { ...settings.upstream, ca: readPem(settings.ca) },
  onRequest: (line) => appendFileSync(settings.log, `${JSON.stringify(line)}\n`),
});
const say = (word: string): void => void process.stdout.write(`${word}\n`);
proxy.server.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
proxy.server.listen(settings.listen.port, settings.listen.address, () => say("listening"));
createInterface({ input: process.stdin })
  .on("line", (line) => {
    proxy.control(JSON.parse(line));
    say("controlled");
  })
  .on("close", () => process.exit(0));
