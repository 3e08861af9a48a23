module github.com/penstock-go/penstock/bench/peers

go 1.26.0

replace github.com/penstock-go/penstock => ../..

require (
	github.com/deliveryhero/pipeline/v2 v2.2.0
	github.com/destel/rill v0.8.1
	github.com/penstock-go/penstock v0.0.0
	github.com/reugn/go-streams v0.13.0
	github.com/samber/ro v0.4.0
	github.com/sourcegraph/conc v0.3.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/sync v0.24.0
)

require (
	github.com/samber/lo v1.53.0 // indirect
	go.uber.org/atomic v1.7.0 // indirect
	go.uber.org/multierr v1.9.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/exp v0.0.0-20240613232115-7f521ea00fb8 // indirect
	golang.org/x/text v0.22.0 // indirect
)
