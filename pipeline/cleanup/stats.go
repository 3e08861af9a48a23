package cleanup

// Stats is what a scope and those below it hold at one moment, and what has been
// released from them.
type Stats struct {
	Registered int // not yet released; one that is being released counts
	Leased     int // of these, with one lease or more
	ByKind     map[Kind]int
	ByPriority map[Priority]int
	Bytes      int64 // the sum of what their Size functions say

	// Releases is how many have been performed, in scopes that have ended too:
	// the specification's metric cleanupOperationsPerformed.
	Releases int64
}

// Stats is the state now. It may be called at any time.
func (s *Scope) Stats() Stats {
	stats, resources := s.count()
	for _, r := range resources { // without the lock: a cache asks under its own
		stats.Bytes += r.size()
	}
	return stats
}

// count is the Stats without Bytes, and the resources to sum these over.
func (s *Scope) count() (Stats, []Resource) {
	defer s.lock().Unlock()
	stats := Stats{ByKind: map[Kind]int{}, ByPriority: map[Priority]int{}, Releases: s.releases}
	var resources []Resource
	s.eachLocked(func(h *Handle) {
		stats.Registered++
		if h.leases > 0 {
			stats.Leased++
		}
		stats.ByKind[h.resource.Kind]++
		stats.ByPriority[h.resource.Priority]++
		resources = append(resources, h.resource)
	})
	return stats, resources
}
