import { z } from "zod";
import { choice, described, dnsName, duration, flag, integer, label, secret, text } from "./fields.ts";

/** What stack files say of a service, whichever it is. */

/** Services of a group start side by side, those of the next when these answer. */
export function group() {
  /** @default 1 */
  return integer(1, 9).prefault(1);
}

/** A path at the gateway or at the service itself. */
export function urlPath() {
  return text(
    /^\/[A-Za-z0-9._~!*+,=:@%/-]*$/,
    "is not a path",
    "a path that begins with a slash, for example /status",
  );
}

/** With its query: what a request asks for. */
export function requestPath() {
  return text(
    /^\/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*$/,
    "is not a request's path",
    "a path that begins with a slash, with a query where it has one",
  );
}

export function absolutePath() {
  return text(
    /^(?!.*\/\.\.?(\/|$))(\/[A-Za-z0-9._-]+)+$/,
    "is not an absolute path",
    "an absolute path without dots, for example /etc/app/app.conf",
  );
}

export function environmentName() {
  return text(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "is not a name of an environment variable",
    "letters, digits and underscores, not beginning with a digit",
  );
}

/** A regular expression, as JavaScript reads it. */
export function pattern() {
  return described(
    z.string().refine((value) => {
      try {
        new RegExp(value, "u");
        return true;
      } catch {
        return false; // What is wrong with it, RegExp says in words of its own only.
      }
    }, "is not a regular expression"),
    { allowed: "a regular expression, for example ^ok" },
  );
}

export function anyText() {
  return described(z.string().min(1, "is empty"), { allowed: "a text" });
}

export function emailAddress() {
  return text(
    /^[^\s@']+@[a-z0-9.-]+\.[a-z]+$/i,
    "is not an address",
    "a mail address, for example ops@example.com",
  );
}

/** Where the gateway sends a request from. */
export function route() {
  return z.strictObject({
    /** @default the public name */
    host: dnsName().optional(),
    path: urlPath(),
    /**
     * Its answers go on and on (a subscription): each piece is passed on as it comes.
     * @default false
     */
    streams: flag().prefault(false),
  });
}

/** A request that a person's work depends on, asked through the public name by every drill. */
export function keyFunction() {
  return z.strictObject({
    /** In the verdict it is SERVICE.ID. */
    id: label(),
    /** @default GET */
    method: choice(["GET", "HEAD", "POST"]).prefault("GET"),
    path: requestPath(),
    /** @default 200 */
    status: integer(100, 599).prefault(200),
    /** What the answer's body has to match; left out, any will do. */
    matches: pattern().optional(),
  });
}

/** How Kubernetes learns that a service may be asked. */
export function probe() {
  return z
    .strictObject({
      /** @default none: a connection to its port is answer enough */
      path: urlPath().optional(),
      /**
       * How long a start may take.
       * @default "2 minutes"
       */
      startup: duration(1).prefault("2 minutes"),
      /** @default "5 seconds" */
      period: duration(1).prefault("5 seconds"),
      /**
       * Restart it when it has stopped answering.
       * @default false: one that waits for its database would be killed for it
       */
      restart: flag().prefault(false),
    })
    .prefault({});
}

/** A database of the service's own, and a role of its name that owns it. */
export function ownDatabase() {
  return z.strictObject({
    /** The same secret at both sites: applications may keep it where a restore brings it back. */
    password: secret(),
  });
}
