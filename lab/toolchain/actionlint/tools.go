//go:build tools

// Names the command that this module exists to pin and build.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
