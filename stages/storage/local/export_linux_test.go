package local

import "os"

// UseSlowWay makes r resolve names as it does where openat2 is missing.
func (r *Root) UseSlowWay() (err error) {
	r.anchor.slow, err = os.OpenRoot(r.path)
	return err
}
