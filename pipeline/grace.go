package pipeline

// await returns when all stages have ended.
func (r *run) await() error {
	<-r.done
	return nil
}
