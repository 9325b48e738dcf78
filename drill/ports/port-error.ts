/** The thing behind a port could not be reached, or answered nonsense. Expected while a site is dead. */
export class PortError extends Error {
  readonly port: string;
  constructor(port: string, what: string, options: { readonly cause?: unknown } = {}) {
    super(`${port}: ${what}`, options);
    this.name = "PortError";
    this.port = port;
  }
}
