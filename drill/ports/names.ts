/** Name servers and certificates, as clients meet them. Rules for every implementation: ../ports.ts. */

export interface DnsServer {
  readonly name: string;
  readonly address: string;
}

export interface DnsAnswer {
  readonly ok: boolean;
  /** NOERROR, NXDOMAIN, REFUSED, SERVFAIL, TIMEOUT, ... */
  readonly rcode: string;
  readonly addresses: readonly string[];
  readonly ttlSeconds: number | null;
}

export interface DnsPort {
  readonly authoritatives: readonly DnsServer[];
  readonly resolvers: readonly DnsServer[];
  /** By which people and applications reach the business. */
  readonly names: readonly string[];
  /** One A query, one answer; a timeout (2 s) is `ok: false` with rcode TIMEOUT. */
  query(server: DnsServer, name: string, signal: AbortSignal): Promise<DnsAnswer>;
}

export interface CertificateSeen {
  /** Whose, in words. */
  readonly what: string;
  /** False where no TLS connection could be made at all. */
  readonly reached: boolean;
  readonly validToMs: number | null;
  /** Why a client that checks name, issuer and dates refuses it; null when it does not. */
  readonly problem: string | null;
}

export interface CertificatePort {
  /** What the offsite store and each site's database and gateway show. Rejects only when aborted. */
  look(signal: AbortSignal): Promise<readonly CertificateSeen[]>;
}
