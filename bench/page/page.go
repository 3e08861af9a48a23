package page

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/penstock-go/penstock/bench"
)

// The settings that are axes.
const (
	chunk   = "chunk"
	streams = "streams"
	// cache is what tells the panels of a row apart.
	cache = "cache"
)

// Page is what is shown.
type Page struct {
	Report *bench.Report
	// Changes since the figures that Since names, where there are any.
	Changes []bench.Change
	Since   string
}

var (
	//go:embed page.html.tmpl
	source string
	//go:embed page.css
	style string

	layout = template.Must(template.New("page").Funcs(template.FuncMap{"words": words}).Parse(source))
)

// words are those of a command line, which is broken between them only.
func words(line string) []string { return strings.Split(line, " ") }

// Write writes the page.
func (p Page) Write(w io.Writer) error {
	v, err := p.view()
	if err != nil {
		return err
	}
	return layout.Execute(w, v)
}

// view is the page in words and pictures.
type view struct {
	Style   template.CSS
	Subject string
	Facts   []string
	Notes   []string
	Best    []card
	Rows    []row
	Ranges  []rangeFigure
	Flows   []flow
	Table   table
	Changes []change
	Since   string
	Machine []fact
	Command string
}

// fact is a line of a list.
type fact struct{ Name, Value string }

func (p Page) view() (*view, error) {
	v := &view{
		Style:   template.CSS(style), //nolint:gosec // it is ours
		Subject: p.Report.Subject,
		Facts:   facts(p.Report),
		Notes:   p.Report.Notes,
		Best:    cards(p.Report),
		Table:   newTable(p.Report),
		Changes: changes(p.Changes),
		Since:   p.Since,
		Machine: machine(p.Report),
		Command: p.Report.Command,
	}
	all := everything(p.Report)
	var err error
	if v.Rows, err = throughputs(all); err != nil {
		return nil, err
	}
	v.Ranges = ranges(all)
	v.Flows = flows(all)
	return v, nil
}

// series is the groups that differ in the cache only, a panel each on one scale.
type series struct {
	settings []bench.Setting // without the cache
	groups   []bench.Group
}

// work is what its first setting says, rest the others.
func (s series) work() string {
	if len(s.settings) == 0 {
		return ""
	}
	return s.settings[0].Value
}

func (s series) rest() string { return settingsText(s.settings) }

// everything leaves out what was not measured.
func everything(r *bench.Report) []series {
	var list []series
	for _, g := range bench.Groups(r.Results, chunk, streams) {
		if !g.Measured() {
			continue
		}
		same := without(g.Settings, cache)
		i := slices.IndexFunc(list, func(s series) bool { return slices.Equal(s.settings, same) })
		if i < 0 {
			i = len(list)
			list = append(list, series{settings: same})
		}
		list[i].groups = append(list[i].groups, g)
	}
	return list
}

// without is the settings but for some.
func without(settings []bench.Setting, names ...string) []bench.Setting {
	return slices.DeleteFunc(slices.Clone(settings), func(s bench.Setting) bool { return slices.Contains(names, s.Name) })
}

// cacheText is the title of a panel.
func cacheText(g bench.Group) string {
	if c := g.Setting(cache); c != "" {
		return c + " cache"
	}
	return ""
}
