package sizing_test

import (
	"fmt"
	"time"

	"github.com/penstock-go/penstock/sizing"
)

func ExampleSizer() {
	var s sizing.Sizer
	const fileSize = 5 << 20

	fmt.Println(s.Next(fileSize, 0.50)) // half of the memory in use: the class as it is
	fmt.Println(s.Next(fileSize, 0.30)) // plenty left: a quarter more
	fmt.Println(s.Next(fileSize, 0.70)) // getting short: a quarter less
	fmt.Println(s.Next(fileSize, 0.90)) // short: half
	// Output:
	// 65536
	// 81920
	// 49152
	// 32768
}

func ExampleSizer_Record() {
	var s sizing.Sizer
	for range 45 {
		n := s.Next(5<<20, 0.50)
		// This storage takes 1 ms for a request, whatever its size.
		s.Record(sizing.Sample{Size: n, Bytes: n, Elapsed: time.Millisecond})
	}
	fmt.Println(s.Size())
	// Output: 1048576
}
