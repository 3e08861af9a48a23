package bench

import "slices"

// Group is results that differ in a few settings only: those that one chooses among.
type Group struct {
	Settings []Setting // that all of them have
	Results  []Result
}

// Groups puts together what differs in no other settings than these, in the order in
// which they come.
func Groups(results []Result, in ...string) []Group {
	var groups []Group
	for _, r := range results {
		same := slices.DeleteFunc(slices.Clone(r.Settings), func(s Setting) bool { return slices.Contains(in, s.Name) })
		i := slices.IndexFunc(groups, func(g Group) bool { return slices.Equal(g.Settings, same) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, Group{Settings: same})
		}
		groups[i].Results = append(groups[i].Results, r)
	}
	return groups
}

// Setting is the value of a setting that all have, empty where there is none.
func (g Group) Setting(name string) string { return valueOf(g.Settings, name) }

// Measured reports whether any of the results has a run.
func (g Group) Measured() bool {
	return slices.ContainsFunc(g.Results, func(r Result) bool { return len(r.Runs) > 0 })
}

func valueOf(settings []Setting, name string) string {
	for _, s := range settings {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}
