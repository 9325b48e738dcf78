import { changed, object, withChanged } from "../builders.ts";
import { active, broken, env, full, jobPod } from "./active-site.ts";
import type { Case } from "./case.ts";

/** That of the site's repository in the third place. */
const keySecret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

export const secretCases: readonly Case[] = [
  { rule: "no-plain-secret", kind: "valid", what: "files and references", stack: active },
  {
    rule: "no-plain-secret",
    kind: "extras",
    what: "names that only sound like it",
    stack: withChanged(env("EPOCH_KEY", "epoch.json"), "scripts", (one) =>
      changed(
        one,
        "data.notes",
        "repo1-cipher-pass=$PASS\npassword: {{ .value }}\nsecretName: roles\ntoken_file=/run/token9\n",
      ),
    ),
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "a variable",
    stack: env("PGPASSWORD", "hunter22"),
    says: "a secret in the variable PGPASSWORD",
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "a URL with a password",
    stack: env("DATABASE_URL", "postgres://odoo:hunter22@database/odoo"),
    says: "a URL with a password in the variable DATABASE_URL",
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "an argument",
    stack: broken(full, `${jobPod}.containers.0.args`, ["--repo=1", "--password=hunter22"]),
    says: "a secret (password) in its args",
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "a ConfigMap",
    stack: broken("scripts", "data.app~ini", "[database]\nadmin_password = hunter22\n"),
    says: "has a secret (admin_password) in app.ini",
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "a private key",
    stack: broken("scripts", "data.key", "-----BEGIN EC PRIVATE KEY-----\nMHcC\n"),
    says: "has a private key in key",
  },
  { rule: "no-copied-secret", kind: "valid", what: "in the Secret alone", stack: active },
  {
    rule: "no-copied-secret",
    kind: "extras",
    what: "the public part beside it, and the same in a second Secret",
    stack: [
      ...env("REPOSITORY_BUCKET", "acme-main"),
      object("Secret", "again", {
        data: { secret: Buffer.from(keySecret).toString("base64") },
      }),
    ],
  },
  {
    rule: "no-copied-secret",
    kind: "nearMiss",
    what: "under an innocent name",
    stack: env("EXTRA", `x-${keySecret}`),
    says: "container postgres (variable EXTRA) has the value of pgbackrest/archive-offsite.conf (repo1-s3-key-secret)",
  },
  {
    rule: "no-copied-secret",
    kind: "nearMiss",
    what: "an annotation",
    stack: broken("objects", "metadata.annotations", { note: keySecret }),
    says: "annotation note has the value",
  },
];
