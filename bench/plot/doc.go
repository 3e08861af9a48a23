// Package plot draws small line charts as SVG that is read on a telephone and on
// paper: its text has the size of the text around it, its lines bear their names at
// their ends, and its colours are those of the page or, standing alone, of the reader's
// preference. Start with [Plot]:
//
//	svg, err := plot.Plot{X: plot.Log(sizes, plot.Bytes), Y: plot.Linear(top, plot.Rate), Lines: lines}.SVG()
package plot
