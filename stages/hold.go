package stages

// hold runs f while v is the caller's, and drops v unless f succeeds: also when
// f panics, because a panic ends one stream and must not keep its memory from
// the others.
func hold[T any](v T, drop func(T), f func() error) (err error) {
	kept := false
	defer func() {
		if !kept {
			drop(v)
		}
	}()
	err = f()
	kept = err == nil
	return err
}
