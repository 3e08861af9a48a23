package main

import "context"

func gate(context.Context, *suite) ([]row, error) { return nil, nil }
