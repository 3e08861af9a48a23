package digest_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages/digest"
)

// boundaries are the lengths at which something changes in one of the algorithms: a block, a BLAKE3 chunk,
// a group of chunks, a subtree, each one less and one more.
func boundaries() []int {
	sizes := []int{0, 1}
	for _, edge := range []int{64, 128, 136, 240, 1 << 10, 2 << 10, 3 << 10, 16 << 10, 32 << 10, 48 << 10, 256 << 10, 512 << 10, 1 << 20} {
		sizes = append(sizes, edge-1, edge, edge+1)
	}
	return sizes
}

// counted returns n bytes that count from 0 to 250 again and again, the input of BLAKE3's test vectors.
func counted(n int) []byte {
	p := make([]byte, n)
	for i := range p[:min(n, 251)] {
		p[i] = byte(i)
	}
	for done := 251; done < n; done *= 2 {
		copy(p[done:], p[:done])
	}
	return p
}

func write(t require.TestingT, d digest.Digest, p []byte) {
	n, err := d.Write(p)
	require.NoError(t, err)
	require.Equal(t, len(p), n)
}

// sum returns the digest of p written at once.
func sum(t require.TestingT, a digest.Algorithm, p []byte) []byte {
	d := a.New()
	write(t, d, p)
	return d.Sum(nil)
}

// reborn returns a new digest in d's state, as after a crash.
func reborn(t require.TestingT, a digest.Algorithm, d digest.Digest) digest.Digest {
	state, err := d.MarshalBinary()
	require.NoError(t, err)
	other := a.New()
	write(t, other, []byte("data that the restored state replaces"))
	require.NoError(t, other.UnmarshalBinary(state))
	return other
}

// piece draws a length from 1 to n: tiny, whole blocks, and large ones alike.
func piece(t *rapid.T, n int) int {
	most := rapid.SampledFrom([]int{1, 64, 1 << 10, 16 << 10, 256 << 10, n}).Draw(t, "most")
	if rapid.Bool().Draw(t, "whole") {
		return min(most, n)
	}
	return rapid.IntRange(1, min(most, n)).Draw(t, "piece")
}

// The vectors: SHA-1 and SHA-2 from FIPS 180-4's examples (NIST CSRC), SHA-3 likewise from FIPS 202's, MD5
// from RFC 1321 appendix A.5, BLAKE2b of "abc" from RFC 7693 appendix A, CRC-32C from RFC 3720 appendix B.4
// and its usual check value. The others of BLAKE2b, and a million times "a", are what coreutils 9.1, openssl 3
// and b3sum 1 print, which were run on all of them.
var vectors = []struct {
	a    digest.Algorithm
	data string
	want string
}{
	{digest.SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{digest.SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{digest.SHA256, twoBlocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{digest.SHA256, millionA, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
	{digest.SHA512, "", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	{digest.SHA512, "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{digest.SHA512, millionA, "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
	{digest.SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{digest.SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{digest.SHA1, twoBlocks, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
	{digest.SHA1, millionA, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
	{digest.MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
	{digest.MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
	{digest.MD5, strings.Repeat("1234567890", 8), "57edf4a22be3c955ac49da2e2107b67a"},
	{digest.MD5, millionA, "7707d6ae4e027c70eea2a935c2296f21"},
	{digest.SHA3, "", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"},
	{digest.SHA3, "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
	{digest.SHA3, twoBlocks, "41c0dba2a9d6240849100376a8235e2c82e1b9998a999e21db32dd97496d3376"},
	{digest.SHA3, millionA, "5c8875ae474a3634ba4fd55ec85bffd661f32aca75c6d699d0cdcb6c115891c1"},
	{digest.BLAKE2b, "", "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce"},
	{digest.BLAKE2b, "abc", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
	{digest.BLAKE2b, millionA, "98fb3efb7206fd19ebf69b6f312cf7b64e3b94dbe1a17107913975a793f177e1d077609d7fba363cbba00d05f7aa4e4fa8715d6428104c0a75643b0ff3fd3eaf"},
	{digest.BLAKE2b256, "", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
	{digest.BLAKE2b256, "abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
	{digest.BLAKE2b256, millionA, "0741850f36cba4259628355d1073e24ddb9ca0e1bfac36fd39ae5dc2101e23a4"},
	{digest.BLAKE3, "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
	{digest.BLAKE3, "abc", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"},
	{digest.BLAKE3, millionA, "616f575a1b58d4c9797d4217b9730ae5e6eb319d76edef6549b46f4efe31ff8b"},
	{digest.CRC32C, "", "00000000"},
	{digest.CRC32C, "123456789", "e3069283"},
	{digest.CRC32C, strings.Repeat("\x00", 32), "8a9136aa"},
	{digest.CRC32C, strings.Repeat("\xff", 32), "62a8ab43"},
	{digest.CRC32C, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f", "46dd794e"},
}

const twoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

var millionA = strings.Repeat("a", 1_000_000)

func TestPublishedVectors(t *testing.T) {
	for _, v := range vectors {
		require.Equal(t, v.want, hex.EncodeToString(sum(t, v.a, []byte(v.data))), "%v of %.20q", v.a, v.data)
	}
}

func TestResetForgets(t *testing.T) {
	for _, a := range digest.All() {
		d := a.New()
		empty := d.Sum(nil)
		for _, size := range []int{1, 1025, 20_000, 300_000} {
			write(t, d, counted(size))
			require.NotEqual(t, empty, d.Sum(nil))
			d.Reset()
			require.Equal(t, empty, d.Sum(nil), "%v after %d bytes", a, size)
		}
	}
}

func TestSumAppendsAndChangesNothing(t *testing.T) {
	for _, a := range digest.All() {
		for _, size := range boundaries() {
			p := counted(size)
			d := a.New()
			write(t, d, p[:size/2])
			first := d.Sum([]byte("before "))
			require.Equal(t, append([]byte("before "), sum(t, a, p[:size/2])...), first)
			write(t, d, nil)
			require.Equal(t, first, d.Sum([]byte("before ")))
			write(t, d, p[size/2:])
			require.Equal(t, sum(t, a, p), d.Sum(nil), "%v of %d bytes", a, size)
		}
	}
}

// Every state is saved and restored at every boundary, and before and after it nothing is lost.
func TestRestoredAtEveryBoundary(t *testing.T) {
	for _, a := range digest.All() {
		for _, at := range boundaries() {
			p := counted(at + 20_000)
			d := a.New()
			write(t, d, p[:at])
			d = reborn(t, a, d)
			require.Equal(t, sum(t, a, p[:at]), d.Sum(nil), "%v at %d", a, at)
			d = reborn(t, a, d)
			write(t, d, p[at:])
			require.Equal(t, sum(t, a, p), d.Sum(nil), "%v cut at %d", a, at)
		}
	}
}

func TestCutAndRestoredAnywhere(t *testing.T) {
	data := counted(600 << 10)
	for _, a := range digest.All() {
		t.Run(a.String(), rapid.MakeCheck(func(t *rapid.T) {
			p := data[:rapid.IntRange(0, len(data)).Draw(t, "size")]
			d := a.New()
			for rest := p; len(rest) > 0; {
				n := piece(t, len(rest))
				write(t, d, rest[:n])
				if rapid.IntRange(0, 3).Draw(t, "crash") == 0 {
					d = reborn(t, a, d)
				}
				rest = rest[n:]
			}
			require.Equal(t, sum(t, a, p), d.Sum(nil))
		}))
	}
}

func TestSavingChangesNothing(t *testing.T) {
	p := counted(100_000)
	for _, a := range digest.All() {
		d := a.New()
		for rest := p; len(rest) > 0; rest = rest[min(3_333, len(rest)):] {
			write(t, d, rest[:min(3_333, len(rest))])
			once, err := d.MarshalBinary()
			require.NoError(t, err)
			twice, err := d.MarshalBinary()
			require.NoError(t, err)
			require.True(t, bytes.Equal(once, twice), a)
		}
		require.Equal(t, sum(t, a, p), d.Sum(nil), a)
	}
}
