package checkpoint

import (
	"encoding/binary"
	"hash/crc32"
)

// A frame is what stands around the payload of a record, and of a journal's
// header. It is the same in every version, so that a flipped bit is told from a
// later version: the checksum is looked at first.
//
//	offset  bytes
//	0       8      which kind of file it is
//	8       4      version, from 1
//	12      4      n, the length of the payload
//	16      n      payload
//	16+n    4      CRC-32C of all that stands before
//
// Numbers are little endian.
const (
	magicSize   = 8
	headSize    = magicSize + 4 + 4
	sumSize     = 4
	frameExcess = headSize + sumSize
)

// castagnoli is the polynomial that processors have an instruction for. It finds
// every error of up to 32 bits in a row, and up to 3 bits anywhere in MaxSize.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one kind of file.
type frame struct {
	magic   string // magicSize bytes
	version uint32 // that we write, and the last that we read
}

func (f frame) encode(payload []byte) []byte {
	data := make([]byte, 0, len(payload)+frameExcess)
	data = append(data, f.magic...)
	data = binary.LittleEndian.AppendUint32(data, f.version)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(payload))) //nolint:gosec // bounded by MaxSize
	data = append(data, payload...)
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
}

// decode gives the payload of a whole frame, which is part of data.
func (f frame) decode(data []byte) ([]byte, error) {
	if len(data) < frameExcess {
		return nil, refuse(ErrCorrupt, "%d bytes are too few for any", len(data))
	}
	if string(data[:magicSize]) != f.magic {
		return nil, refuse(ErrCorrupt, "it does not begin with %s", f.magic)
	}
	if n := frameSize(data); n != int64(len(data)) {
		return nil, refuse(ErrCorrupt, "it has %d bytes, and says %d", len(data), n)
	}
	end := len(data) - sumSize
	if crc32.Checksum(data[:end], castagnoli) != binary.LittleEndian.Uint32(data[end:]) {
		return nil, refuse(ErrCorrupt, "the checksum is not that of the bytes")
	}
	switch version := binary.LittleEndian.Uint32(data[magicSize:]); {
	case version > f.version:
		return nil, refuse(ErrVersion, "%d, and this is written for %d", version, f.version)
	case version == 0:
		return nil, refuse(ErrCorrupt, "there is no version 0")
	}
	return data[headSize:end], nil
}

// frameSize is how long a frame with this head says that it is.
func frameSize(head []byte) int64 {
	return int64(binary.LittleEndian.Uint32(head[magicSize+4:])) + frameExcess
}
