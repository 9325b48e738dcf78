# shellcheck shell=bash
# Sourced. What each set is marked with: the settings of this server that a
# restore has to match or to exceed, and digests of the plan and the image that
# made it (run.env, from the plan). Years later the set says so itself.

annotations() { # sets $annotations
	local pair
	annotations=()
	for pair in ${HF_ANNOTATIONS:-}; do annotations+=("--annotation=$pair"); done
}
