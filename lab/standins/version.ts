// Of the stand-ins for Pulumi's plugins: the lab's alone.
/** The random SDK of package.json; the engine asks for exactly this plugin. */
export const RANDOM_VERSION = "4.21.2";

/** And of the SDKs of the two clouds. */
export const AWS_VERSION = "7.48.0";
export const CLOUDFLARE_VERSION = "6.22.1";

/** The mark that a production run looks for in a plugin's version, and refuses. */
export const STAND_IN_MARK = "standin";
