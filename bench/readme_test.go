package bench_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What README shows in Go is an Example, so that it compiles and prints what it
// should.
func TestReadmeShowsAnExample(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("../pipeline/example_test.go")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "```go\n")
	require.True(t, found, "README shows no Go")
	shown, _, _ := strings.Cut(rest, "```")
	var indented strings.Builder
	for line := range strings.Lines(shown) {
		indented.WriteString("\t" + line)
	}
	require.Contains(t, string(example), indented.String(), "README's Go is not in the Example")
}
