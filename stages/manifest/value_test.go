package manifest_test

import (
	"strings"
	"testing"
)

func TestReaderBase64Faults(t *testing.T) {
	const good = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
	runCases(t, []lineCase{
		{name: "one digit less", list: "SHA256 (a) = " + good[1:], faults: []string{`line 1: digest "` + good[1:] + `" is not base64; expected hex or base64`}},
		{name: "digit of no base64", list: "SHA256 (a) = !" + good[1:], faults: []string{`line 1: digest "!` + good[1:] + `" is not base64; expected hex or base64`}},
		{name: "bits that are left over", list: "SHA256 (a) = " + good[:42] + "R=", faults: []string{`line 1: digest "` + good[:42] + `R=" is not base64; expected hex or base64`}},
		{name: "wrong length", list: "SHA256 (a) = XUFAKrxLKna5cZ2REBfFkg==", faults: []string{"line 1: digest of 16 bytes in base64; sha256 has 32"}},
		{
			name: "longer than any", list: "SHA256 (a) = " + strings.Repeat("A", 1000) + "=",
			faults: []string{"line 1: digest of 1001 base64 digits; sha256 has 44"},
		},
		{name: "no algorithm of that length", list: "SHA256= a", faults: []string{`line 1: digest "SHA256=" is not base64; expected hex or base64`}},
	})
}
