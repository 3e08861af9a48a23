package batch

import (
	"io"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/storage"
)

// OpenSource is a source that has to be closed.
type OpenSource interface {
	storage.Source
	io.Closer
}

// Standard is a source that reads r once and leaves it open: standard input.
func Standard(r io.Reader) OpenSource { return standard{stages.FromReader(r)} }

type standard struct{ storage.Source }

func (standard) Close() error { return nil }
