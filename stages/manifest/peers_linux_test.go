package manifest_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// awkward are names that lists have trouble with. Linux only: other systems
// refuse some of them.
var awkward = []string{
	"plain", "with a blank", " leading blank", "trailing blank ", "*star", "-dash", "--version", "#comment", "{brace",
	`back\slash`, `\leading`, `\n`, "new\nline", "\nleading newline", "carriage\rreturn", "both\r\n", "inv\xff", "\xff\\\n",
	"a) = b", "MD5 (x) = y", "a,b", "日本語", "\u2028", "\x1b[31m", "-",
	"n\n" + helloSHA256 + "  other",
}

// without returns the awkward names that hold none of chars. - is left out: most
// peers read standard input instead of that file.
func without(chars string) []string {
	return slices.DeleteFunc(slices.Clone(awkward), func(name string) bool {
		return name == "-" || strings.ContainsFunc(chars, func(c rune) bool {
			return strings.Contains(name, string(c)) || c == '!' && strings.Contains(name, "\xff")
		})
	})
}

// awkwardFiles fills a folder with the awkward names; each file holds its name.
func awkwardFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range awkward {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
	}
	return dir
}

// entryFor computes what a list should say of the file that holds its name.
func entryFor(name string, algorithms ...digest.Algorithm) manifest.Entry {
	e := manifest.Entry{Name: name, Size: int64(len(name))}
	for _, a := range algorithms {
		h := a.New()
		_, _ = io.WriteString(h, name)
		e.Sums = append(e.Sums, manifest.Sum{Algorithm: a, Value: h.Sum(nil)})
	}
	return e
}

// command finds the program that line begins with, and skips the test without it.
func command(t *testing.T, line string, args ...string) *exec.Cmd {
	t.Helper()
	words := strings.Fields(line)
	path, err := exec.LookPath(words[0])
	if err != nil {
		t.Skipf("NOT RUN: %q is not installed, so that lists are not compared with its", words[0])
	}
	return exec.CommandContext(t.Context(), path, append(words[1:], args...)...)
}

// Each peer's list of awkward names is read in full, with the digests we compute.
func TestReaderReadsPeers(t *testing.T) {
	dir := awkwardFiles(t)
	sha256, md5 := digest.SHA256, digest.MD5
	peers := []struct {
		command string
		lost    string // what the peer's list loses of names; ! is invalid UTF-8
		digests []digest.Algorithm
		zero    bool
	}{
		{"sha256sum", "", []digest.Algorithm{sha256}, false},
		{"sha256sum --binary", "", []digest.Algorithm{sha256}, false},
		{"sha256sum --tag", "", []digest.Algorithm{sha256}, false},
		{"sha256sum --zero", "", []digest.Algorithm{sha256}, true},
		{"sha256sum --tag --zero", "", []digest.Algorithm{sha256}, true},
		{"sha512sum", "", []digest.Algorithm{digest.SHA512}, false},
		{"sha1sum", "", []digest.Algorithm{digest.SHA1}, false},
		{"md5sum --tag", "", []digest.Algorithm{md5}, false},
		{"b2sum", "", []digest.Algorithm{digest.BLAKE2b}, false},
		{"b2sum --tag", "", []digest.Algorithm{digest.BLAKE2b}, false},
		{"b2sum --tag -l 256", "", []digest.Algorithm{digest.BLAKE2b256}, false},
		{"cksum -a sha256", "", []digest.Algorithm{sha256}, false},
		{"cksum -a sha512 --untagged", "", []digest.Algorithm{digest.SHA512}, false},
		{"cksum -a blake2b", "", []digest.Algorithm{digest.BLAKE2b}, false},
		{"b3sum", "!", []digest.Algorithm{digest.BLAKE3}, false},
		{"xxhsum -H3", "\n", []digest.Algorithm{digest.XXH3}, false},
		{"xxhsum -H64", "\n", []digest.Algorithm{digest.XXH64}, false},
		{"xxhsum -H128", "\n", []digest.Algorithm{digest.XXH128}, false},
		{"xxhsum -H64 --tag", "\n", []digest.Algorithm{digest.XXH64}, false},
		{"xxhsum -H128 --tag", "\n", []digest.Algorithm{digest.XXH128}, false},
		{"hashdeep -l -c md5,sha1,sha256", "\n", []digest.Algorithm{md5, digest.SHA1, sha256}, false},
		{"rhash --sha256", "\n\\", []digest.Algorithm{sha256}, false},
		{"rhash --bsd --md5 --sha256 --sha3-256 --crc32c", "\n\\", []digest.Algorithm{digest.CRC32C, md5, sha256, digest.SHA3}, false},
		{"rhash --bsd --blake2b", "\n\\", []digest.Algorithm{digest.BLAKE2b}, false},
		{"openssl dgst -sha256", "\n", []digest.Algorithm{sha256}, false},
		{"openssl dgst -blake2b512", "\n", []digest.Algorithm{digest.BLAKE2b}, false},
		{"openssl dgst -sha3-256", "\n", []digest.Algorithm{digest.SHA3}, false},
		{"openssl dgst -md5", "\n", []digest.Algorithm{md5}, false},
		{"openssl dgst -r -sha256", "\n", []digest.Algorithm{sha256}, false},
	}
	for _, p := range peers {
		t.Run(p.command, func(t *testing.T) {
			names := without(p.lost)
			cmd := command(t, p.command, append([]string{"--"}, names...)...)
			cmd.Dir = dir
			list, err := cmd.Output()
			require.NoError(t, err)
			requireList(t, list, names, p.digests, manifest.ReaderOptions{})
			if p.zero {
				requireList(t, list, names, p.digests, manifest.ReaderOptions{Zero: true})
			}
		})
	}
}

// requireList reads a list and compares it with the names' digests, whatever
// their order.
func requireList(t *testing.T, list []byte, names []string, digests []digest.Algorithm, options manifest.ReaderOptions) {
	t.Helper()
	got := make(map[string]map[digest.Algorithm][]byte)
	for e, err := range manifest.NewReader(bytes.NewReader(list), options).Entries() {
		require.NoError(t, err, "%s", list)
		require.NotContains(t, got, e.Name)
		got[e.Name] = make(map[digest.Algorithm][]byte)
		for _, s := range e.Sums {
			a := s.Algorithm
			if a == 0 {
				require.Contains(t, e.Candidates, digests[0])
				a = digests[0]
			}
			got[e.Name][a] = s.Value
		}
	}
	want := make(map[string]map[digest.Algorithm][]byte)
	for _, name := range names {
		want[name] = make(map[digest.Algorithm][]byte)
		for _, s := range entryFor(name, digests...).Sums {
			want[name][s.Algorithm] = s.Value
		}
	}
	require.Equal(t, want, got)
}

// wellIn finds what peers say of a file that is well: "name: OK", or by rhash
// "name   OK".
var wellIn = regexp.MustCompile(`(:|  ) ?OK *\n`)

// Each peer checks the list that we write of awkward names, and finds all well.
func TestPeersCheckWhatWriterWrites(t *testing.T) {
	dir := awkwardFiles(t)
	gnu, bsd := manifest.GNU, manifest.BSD
	peers := []struct {
		command string
		lost    string // what the peer cannot read in names; ! is invalid UTF-8
		format  manifest.Format
		digest  digest.Algorithm
	}{
		{"sha256sum --strict --check", "", gnu, digest.SHA256},
		{"sha256sum --strict --check", "", bsd, digest.SHA256},
		{"sha512sum --strict --check", "", gnu, digest.SHA512},
		{"sha1sum --strict --check", "", gnu, digest.SHA1},
		{"md5sum --strict --check", "", bsd, digest.MD5},
		{"b2sum --strict --check", "", gnu, digest.BLAKE2b},
		{"b2sum --strict --check", "", bsd, digest.BLAKE2b},
		{"b2sum --strict --check", "", bsd, digest.BLAKE2b256},
		{"cksum --strict --check", "", bsd, digest.SHA256},
		{"cksum --strict --check", "", bsd, digest.BLAKE2b},
		{"cksum --strict --check", "", bsd, digest.MD5},
		{"b3sum --check", "!\r", gnu, digest.BLAKE3},
		{"xxhsum --check", "\n\r\\", gnu, digest.XXH64},
		{"xxhsum --check", "\n\r\\", gnu, digest.XXH128},
		{"xxhsum --check", "\n\r\\", bsd, digest.XXH3},
		{"xxhsum --check", "\n\r\\", bsd, digest.XXH64},
		{"rhash --check", "\n\r\x1b\\ *#", gnu, digest.SHA256},
		{"rhash --check", "\n\r\x1b\\ *#", bsd, digest.SHA3},
		{"rhash --check", "\n\r\x1b\\ *#", bsd, digest.CRC32C},
	}
	for _, p := range peers {
		t.Run(p.command+" of "+p.format.String()+" "+p.digest.String(), func(t *testing.T) {
			options := manifest.WriterOptions{Format: p.format, Algorithms: []digest.Algorithm{p.digest}}
			var entries []manifest.Entry
			for _, name := range append(without(p.lost), "-") {
				entries = append(entries, entryFor(name, p.digest))
			}
			file := filepath.Join(t.TempDir(), "list")
			require.NoError(t, os.WriteFile(file, []byte(write(t, options, entries...)), 0o600))
			cmd := command(t, p.command, file)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Len(t, wellIn.FindAll(out, -1), len(entries), "%s", out)

			damaged := entryFor("plain", p.digest)
			damaged.Sums[0].Value[0] ^= 1
			require.NoError(t, os.WriteFile(file, []byte(write(t, options, damaged)), 0o600))
			cmd = command(t, p.command, file)
			cmd.Dir = dir
			require.Error(t, cmd.Run(), "a peer that finds nothing wrong proves nothing")
		})
	}
}

func TestHashdeepAuditsWhatWriterWrites(t *testing.T) {
	dir := awkwardFiles(t)
	names := without("\n\r")
	options := manifest.WriterOptions{
		Format:     manifest.Hashdeep,
		Algorithms: []digest.Algorithm{digest.MD5, digest.SHA1, digest.SHA256},
		Comment:    "Invoked from: " + dir + "\n$ a command",
	}
	var entries []manifest.Entry
	for _, name := range names {
		entries = append(entries, entryFor(name, options.Algorithms...))
	}
	audit := func() ([]byte, error) {
		file := filepath.Join(t.TempDir(), "list")
		require.NoError(t, os.WriteFile(file, []byte(write(t, options, entries...)), 0o600))
		cmd := command(t, "hashdeep -l -a -v -k", append([]string{file, "--"}, names...)...)
		cmd.Dir = dir
		return cmd.CombinedOutput()
	}
	out, err := audit()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "Audit passed")
	for _, sum := range entries[0].Sums { // hashdeep is content when one of them matches
		sum.Value[0] ^= 1
	}
	out, err = audit()
	require.Error(t, err, "%s", out)
}
