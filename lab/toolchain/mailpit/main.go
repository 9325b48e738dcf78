// The third place's sink in one program: mailpit takes mail, and called as
// `webhook-sink` it takes HTTP requests of every kind and tells of them.
package main

import (
	"os"
	"path/filepath"

	mailpit "github.com/axllent/mailpit/cmd"
)

func main() {
	if filepath.Base(os.Args[0]) == "webhook-sink" {
		webhookSink(os.Args[1:])
		return
	}
	mailpit.Execute()
}
