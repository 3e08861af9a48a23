package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChoiceFlagTakesItsWordsOnly(t *testing.T) {
	f := choiceFlag{value: "auto", choices: []string{"auto", "always", "never"}, example: "--progress never"}
	require.Equal(t, "auto", f.String())
	require.Equal(t, "auto|always|never", f.Type())
	for _, word := range f.choices {
		require.NoError(t, f.Set(word))
		require.Equal(t, word, f.value)
	}
	for _, word := range []string{"", "Always", "alway", "always ", "auto,never"} {
		err := f.Set(word)
		require.ErrorContains(t, err, "must be one of auto, always, never")
		require.ErrorContains(t, err, "for example --progress never")
		require.Equal(t, "never", f.value, "a refused word changes nothing")
	}
}
