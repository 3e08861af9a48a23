package proof_test

import (
	"fmt"

	"github.com/penstock-go/penstock/bench/proof"
)

func ExampleRow() {
	fmt.Println(proof.Header)
	fmt.Println(proof.Row{What: "100 power cuts", Wanted: "0 wrong bytes", Measured: "0", Met: true})
	fmt.Println(proof.Row{What: "resume", Wanted: "≤ 0.10", Measured: "0.12"})
	fmt.Println(proof.Row{What: "disk full", Wanted: "exit 5", Skipped: "needs root"})
	// Output:
	// | what | wanted | measured | met |
	// |---|---|---|---|
	// | 100 power cuts | 0 wrong bytes | 0 | yes |
	// | resume | ≤ 0.10 | 0.12 | **no** |
	// | disk full | exit 5 | did not run: needs root |  |
}
