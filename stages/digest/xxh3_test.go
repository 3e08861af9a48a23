package digest_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/zeebo/xxh3"

	"github.com/penstock-go/penstock/stages/digest"
)

// sanityBuffer is the input of xxHash's own vectors (XSUM_fillTestBuffer in cli/xsum_sanity_check.c).
func sanityBuffer(n int) []byte {
	p := make([]byte, n)
	state := uint64(2654435761)
	for i := range p {
		p[i] = byte(state >> 56)
		state *= 11400714785074694797
	}
	return p
}

// Seed 0, from XSUM_XXH3_testdata, XSUM_XXH128_testdata and XSUM_XXH64_testdata in the same file of xxHash
// v0.8.1; those that a table there lacks, and 1 MiB, are what xxhsum 0.8.1 prints.
func TestXXHVectors(t *testing.T) {
	vectors := []struct {
		size                int
		xxh3, xxh128, xxh64 string
	}{
		{0, "2d06800538d394c2", "99aa06d3014798d86001c324468d497f", "ef46db3751d8e999"},
		{1, "c44bdff4074eecdb", "a6cd5e9392000f6ac44bdff4074eecdb", "e934a84adb052768"},
		{4, "e5dc74bc51848a51", "970d585ac632bf8e2e7d8d6876a39fe9", "9136a0dca57457ee"},
		{6, "27b56a84cd2d7325", "082afe0b8162d12a3e7039bdda43cfc6", "c72565b7154268a8"},
		{12, "a713daf0dfbb77e7", "6e3efd8fc7802b18061a192713f69ad9", "0723bf50086ead9a"},
		{14, "1ac0bbda2b9fcf03", "b2623398aa0bda1e352b80797cda6247", "8282dcc4994e35c8"},
		{24, "a3fe70bf9d3510eb", "0ce966e4678d37611e7044d28b1b901d", "f75a6dea42dc5bf4"},
		{48, "397da259ecba1f11", "a002ac4e5478227ef942219aed80f67b", "fd0feeac7a939933"},
		{80, "bcdefbbb2c47c90a", "fdf2cefde9eaac8a454ae6bf7a8a532d", "99bd5d25eb211099"},
		{81, "7bc96f2ee88df87d", "4952f58181ab00425e8bafb9f95fb803", "cb329a8f102f05bc"},
		{195, "cd94217ee362ec3a", "7729543a26b207ee3fb593c086a66075", "52b73ecdb3ef30e4"},
		{222, "b9163b558664d356", "337e09641b948717f1aebd597cec6b3a", "b641ae8cb691c174"},
		{403, "cdeb804d65c6dea4", "1b6de21e332dd73dcdeb804d65c6dea4", "d99858fee82283df"},
		{512, "617e49599013cb6b", "18d2d110dcc9bca1617e49599013cb6b", "4358d2fdd62b58a7"},
		{2048, "dd59e2c3a5f038e0", "f736557fd47073a5dd59e2c3a5f038e0", "5940f2752bc04387"},
		{2099, "c6b9d9b3fc9ac765", "ad48ae0a0951dc52c6b9d9b3fc9ac765", "3301c88334afd200"},
		{2240, "6e73a90539cf2948", "ccb134fbfa7ce49d6e73a90539cf2948", "a4edb3c85b99b1d9"},
		{2367, "cb37aeb9e5d361ed", "e89c0f6ff369b427cb37aeb9e5d361ed", "a82418ddec0ea581"},
		{1 << 20, "7ade52bbfbd697ba", "6f7444ca6384250b7ade52bbfbd697ba", "9f8b6862e54aaf54"},
	}
	for _, v := range vectors {
		p := sanityBuffer(v.size)
		require.Equal(t, v.xxh3, hex.EncodeToString(sum(t, digest.XXH3, p)), "xxh3 of %d bytes", v.size)
		require.Equal(t, v.xxh128, hex.EncodeToString(sum(t, digest.XXH128, p)), "xxh128 of %d bytes", v.size)
		require.Equal(t, v.xxh64, hex.EncodeToString(sum(t, digest.XXH64, p)), "xxh64 of %d bytes", v.size)
	}
}

// Every length around the edges of the stripes of the first blocks, in steps: where the last stripe reaches
// back into the block before, and where a whole block waits for more data.
func TestXXH3IsTheLibrarysInSteps(t *testing.T) {
	p := sanityBuffer(3*1024 + 130)
	for size := range len(p) + 1 {
		if edge := (size + 2) % 64; edge > 4 {
			continue
		}
		want := xxh3.Hash(p[:size])
		wide := xxh3.Hash128(p[:size]).Bytes()
		for _, step := range []int{63, 1024, 1025, len(p)} {
			narrow, broad := digest.XXH3.New(), digest.XXH128.New()
			for rest := p[:size]; len(rest) > 0; rest = rest[min(step, len(rest)):] {
				write(t, narrow, rest[:min(step, len(rest))])
				write(t, broad, rest[:min(step, len(rest))])
			}
			require.Equal(t, want, word(narrow.Sum(nil)), "%d bytes in steps of %d", size, step)
			require.Equal(t, wide[:], broad.Sum(nil), "%d bytes in steps of %d", size, step)
		}
	}
}

func word(b []byte) (w uint64) {
	for _, c := range b {
		w = w<<8 | uint64(c)
	}
	return w
}

func TestXXH3WriteAllocatesNothing(t *testing.T) {
	sum := make([]byte, 0, 16)
	for _, a := range []digest.Algorithm{digest.XXH3, digest.XXH128} {
		d := a.New()
		for _, size := range []int{1, 4096, 100_000} {
			p := counted(size)
			require.Zero(t, testing.AllocsPerRun(10, func() { _, _ = d.Write(p) }), size)
			require.Zero(t, testing.AllocsPerRun(10, func() { d.Sum(sum) }), size)
		}
	}
}
