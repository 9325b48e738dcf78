/** A set of records of one name and type; names end in a dot, as the API has them. */
export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly contents: readonly string[];
}

export interface ZoneState {
  readonly name: string;
  readonly kind: string;
  readonly serial: number;
  readonly recordSets: readonly RecordSet[];
}

/** What the provider needs of an authoritative server's API. */
export interface DnsServer {
  readonly endpoint: string;
  /** `undefined` when the server has no such zone. */
  getZone(zone: string): Promise<ZoneState | undefined>;
  createZone(
    zone: string,
    settings: { readonly kind: string; readonly recordSets: readonly RecordSet[] },
  ): Promise<void>;
  setZoneKind(zone: string, kind: string): Promise<void>;
  deleteZone(zone: string): Promise<void>;
  replace(zone: string, set: RecordSet): Promise<void>;
  remove(zone: string, name: string, type: string): Promise<void>;
  /** Tells the secondaries to fetch the zone now instead of at their next refresh. */
  notify(zone: string): Promise<void>;
}

export interface PowerDnsSettings {
  readonly endpoint: string;
  readonly apiKey: string;
}

const REQUEST_TIMEOUT_MS = 10_000;

interface ApiZone {
  readonly name: string;
  readonly kind: string;
  readonly serial: number;
  readonly rrsets?: readonly {
    readonly name: string;
    readonly type: string;
    readonly ttl: number;
    readonly records: readonly { readonly content: string; readonly disabled: boolean }[];
  }[];
}

/** PowerDNS's HTTP API, version 1. */
export class PowerDns implements DnsServer {
  readonly endpoint: string;
  readonly #apiKey: string;

  constructor(settings: PowerDnsSettings) {
    this.endpoint = settings.endpoint.replace(/\/+$/u, "");
    this.#apiKey = settings.apiKey;
  }

  async getZone(zone: string): Promise<ZoneState | undefined> {
    const answer = await this.#call("GET", `/zones/${zone}`);
    if (answer === undefined) return undefined;
    const found = answer as ApiZone;
    return {
      name: found.name,
      kind: found.kind,
      serial: found.serial,
      recordSets: (found.rrsets ?? []).map((set) => ({
        name: set.name,
        type: set.type,
        ttl: set.ttl,
        contents: set.records.filter((record) => !record.disabled).map((record) => record.content),
      })),
    };
  }

  async createZone(
    zone: string,
    settings: { readonly kind: string; readonly recordSets: readonly RecordSet[] },
  ): Promise<void> {
    await this.#call("POST", "/zones", {
      name: zone,
      kind: settings.kind,
      // Every change through the API raises the serial, so that secondaries see it.
      soa_edit_api: "INCREASE",
      nameservers: [],
      rrsets: settings.recordSets.map(toApi),
    });
    // A secondary that asked before the zone was there has left its refusal in the answer cache, and would
    // get it again for as long as that keeps it.
    await this.#call("PUT", `/cache/flush?domain=${zone}`);
  }

  async setZoneKind(zone: string, kind: string): Promise<void> {
    await this.#call("PUT", `/zones/${zone}`, { kind });
  }

  async deleteZone(zone: string): Promise<void> {
    await this.#call("DELETE", `/zones/${zone}`);
  }

  async replace(zone: string, set: RecordSet): Promise<void> {
    await this.#patch(zone, { ...toApi(set), changetype: "REPLACE" });
  }

  async remove(zone: string, name: string, type: string): Promise<void> {
    await this.#patch(zone, { name, type, changetype: "DELETE" });
  }

  async notify(zone: string): Promise<void> {
    await this.#call("PUT", `/zones/${zone}/notify`);
  }

  async #patch(zone: string, set: object): Promise<void> {
    const answer = await this.#call("PATCH", `/zones/${zone}`, { rrsets: [set] });
    if (answer === undefined) throw new Error(`zone ${zone} does not exist at ${this.endpoint}`);
  }

  /** One API call: the parsed answer, `null` for an empty one, `undefined` for "not found". */
  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const url = `${this.endpoint}/api/v1/servers/localhost${path}`;
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers: { "X-API-Key": this.#apiKey, "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
    } catch (error) {
      throw new Error(`PowerDNS at ${this.endpoint} gave no answer to ${method} ${path}`, { cause: error });
    }
    const text = await response.text();
    if (response.status === 404) return undefined;
    // PowerDNS before 4.9 says 422 where later ones say 404.
    if (response.status === 422 && text.includes("Could not find domain")) return undefined;
    if (!response.ok) {
      throw new Error(
        `PowerDNS at ${this.endpoint} answered ${method} ${path} with ${response.status}: ${readMessage(text)}`,
      );
    }
    return text === "" ? null : (JSON.parse(text) as unknown);
  }
}

function toApi(set: RecordSet): object {
  return {
    name: set.name,
    type: set.type,
    ttl: set.ttl,
    records: set.contents.map((content) => ({ content, disabled: false })),
  };
}

function readMessage(text: string): string {
  try {
    const parsed = JSON.parse(text) as { readonly error?: string };
    return parsed.error ?? text;
  } catch {
    // Not JSON: a proxy's page, say. The first line is enough to recognise it.
    return text.split("\n")[0] ?? "";
  }
}
