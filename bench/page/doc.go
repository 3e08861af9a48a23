// Package page makes a web page of a [bench.Report]: one file that needs no other, for
// a screen, a telephone and paper, by day and by night. Start with [Page]:
//
//	err := page.Page{Report: report}.Write(file)
//
// Variants are plotted over their setting "chunk", or where that is always the same
// over "streams", in a panel for each combination of their other settings. The first of
// those is what the work is called.
package page
