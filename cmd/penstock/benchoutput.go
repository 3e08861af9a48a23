package main

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/page"
	"github.com/penstock-go/penstock/checkpoint"
)

// benchOutputs is where the figures go.
type benchOutputs struct {
	standard *output
	save     *output // nil without --save
	page     *output // nil without --html
}

// open opens them, so that what cannot be written is known before an hour is spent.
func (b *benching) open(ctx context.Context) (*benchOutputs, error) {
	o := &benchOutputs{standard: standardOutput(b.std.out, b.con, "redirect it, or name a file with --save")}
	var err error
	if b.save != "" {
		if o.save, err = fileOutput(ctx, b.save, ""); err != nil {
			return nil, err
		}
	}
	if b.html != "" {
		if o.page, err = fileOutput(ctx, b.html, ""); err != nil {
			o.abort(ctx)
			return nil, err
		}
	}
	return o, nil
}

// own are the files, which are not measured where they are in the tree.
func (o *benchOutputs) own() (ids []checkpoint.Identity) {
	for _, file := range []*output{o.save, o.page} {
		if file != nil {
			ids = append(ids, file.own...)
		}
	}
	return ids
}

// print prints the report for a person, or for a program.
func (o *benchOutputs) print(b *benching, report *bench.Report, changes []bench.Change) error {
	if b.json {
		return cmp.Or(o.printJSON(b, report, changes), o.standard.flush())
	}
	err := printTables(o.standard, report)
	if err == nil && b.past.file != "" {
		err = b.past.printChanges(o.standard, changes)
	}
	if err := cmp.Or(err, o.standard.flush()); err != nil {
		return err
	}
	for _, note := range report.Notes {
		b.con.line("%s", note)
	}
	return nil
}

func (o *benchOutputs) printJSON(b *benching, report *bench.Report, changes []bench.Change) error {
	if err := report.Encode(o.standard); err != nil {
		return err
	}
	lines := json.NewEncoder(o.standard)
	for _, c := range changes {
		if err := lines.Encode(b.past.line(c)); err != nil {
			return err
		}
	}
	return nil
}

// keep keeps the figures.
func (o *benchOutputs) keep(ctx context.Context, report *bench.Report) error {
	if o.save == nil {
		return nil
	}
	return cmp.Or(report.Encode(o.save), o.save.commit(ctx))
}

// draw writes the page.
func (o *benchOutputs) draw(ctx context.Context, p page.Page) error {
	if o.page == nil {
		return nil
	}
	return cmp.Or(p.Write(o.page), o.page.commit(ctx))
}

// abort takes away what was not committed.
func (o *benchOutputs) abort(ctx context.Context) {
	for _, file := range []*output{o.save, o.page} {
		if file != nil {
			file.abort(ctx)
		}
	}
}
