package checkpoint

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// tempSuffix ends the names of files that are not finished.
const tempSuffix = ".tmp"

// replace puts a file of this content in place of what stands under name, or
// leaves that alone. The name does not last before the directory is synced.
func replace(d disk.Directory, name string, content []byte) error {
	temp, f, held, err := beginTemp(d, name)
	if err != nil {
		return err // and if the file is there all the same, Expire removes it
	}
	defer held.Release()
	err = fill(f, content)
	if err == nil {
		err = d.Rename(temp, name)
	}
	if err != nil {
		// Not tried again on the same file, above all not after a failed sync: its
		// pages count as clean, and a second sync would say that all is well.
		return errors.Join(err, removeIfThere(d, temp))
	}
	return nil
}

// beginTemp makes an unfinished file that Expire leaves alone until it is released.
func beginTemp(d disk.Directory, name string) (temp string, f disk.File, held disk.Held, err error) {
	for {
		temp = name + "." + rand.Text() + tempSuffix
		f, err = d.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		if err != nil {
			return temp, nil, held, err
		}
		if held, err = disk.Hold(d, temp); !disk.Taken(err) {
			return temp, f, held, nil // held or not, it can be written
		}
		_ = f.Close() // by an Expire that came in between
	}
}

// fill writes, syncs and closes. Network file systems may write in close only.
func fill(f disk.File, content []byte) error {
	_, err := f.WriteAt(content, 0)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func removeIfThere(d disk.Directory, name string) error {
	if err := d.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
