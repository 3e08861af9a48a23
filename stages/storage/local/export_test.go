package local

import (
	"context"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// CreateOn is Create in d, which it takes over.
func CreateOn(ctx context.Context, d disk.Directory, name string) (*Sink, error) {
	return createAlone(ctx, d, "", &Sink{name: name, path: name})
}
