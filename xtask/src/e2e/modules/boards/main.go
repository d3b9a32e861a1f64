// Reads boards with Grafana's own types, and says what they have against them.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	failed := false
	for _, file := range os.Args[1:] {
		var board dashboard.Dashboard
		text, err := os.ReadFile(file)
		if err == nil {
			err = board.UnmarshalJSONStrict(text)
		}
		if err == nil {
			err = board.Validate()
		}
		// It also gives errors that hold none.
		if err != nil && err.Error() != "" {
			fmt.Printf("%s:\n%v\n", file, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
