package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	md5Of    = "f23ac203d4833ff1bada3e1e13c46dc5"
	sha256Of = "62792b1a5881233fe1f57ff90c9980c95ab3f1ab110710b76c1c1b909d290e52"
)

// Whatever the form that a program prints, its digests are found.
func TestDigests(t *testing.T) {
	for name, test := range map[string]struct{ out, want string }{
		"coreutils": {sha256Of + "  dir-0001/file-0000001.dat\n", sha256Of},
		"binary":    {md5Of + " *file\n", md5Of},
		"openssl":   {"SHA2-256(big)= " + sha256Of + "\n", sha256Of},
		"tag":       {"MD5 (f1) = " + md5Of + "\nSHA256 (f1) = " + sha256Of + "\n", sha256Of + "\n" + md5Of},
		"xxhsum":    {"XXH3 (f1) = cba1bc1a28f9d477\n", "cba1bc1a28f9d477"},
		"hashdeep": {
			"%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## $ hashdeep\n100000," + md5Of + "," + sha256Of + ",/tmp/f1\n",
			sha256Of + "\n" + md5Of,
		},
		"rhash":  {"f1  " + md5Of + "  " + sha256Of + "\n", sha256Of + "\n" + md5Of},
		"order":  {"f0f0f0f0f0f0f0f0  b\n0000000000000000  a\n", "0000000000000000\nf0f0f0f0f0f0f0f0"},
		"none":   {"file-0000001.dat 1234 abcdef ABCDEF0123456789\n", ""},
		"silent": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := digests(strings.NewReader(test.out))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

// A list that is not that of the files is found, whichever is wrong.
func TestSameAs(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("a\n"), 0o600))
	const sum = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
	got, err := sameAs(sum, dir)
	require.NoError(t, err)
	require.Equal(t, sum, got)
	for _, other := range []string{"", sum + "\n" + sum, sha256Of} {
		_, err := sameAs(other, dir)
		require.Error(t, err)
	}
}

func TestMissingPeers(t *testing.T) {
	require.Empty(t, peer{}.missing())
	require.Equal(t, []string{"no-such-program"}, peer{needs: []string{"go", "no-such-program"}}.missing())
}
