package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"
)

// take makes another process hold so many bytes, and returns what ends it.
func take(ctx context.Context, bytes int64) (free func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, alone, "take", strconv.FormatInt(bytes, 10))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	free = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		free()
		return nil, fmt.Errorf("take memory: %w", err)
	}
	return free, nil
}

// taken is what the other process does: it touches every page, says so, and stays.
func taken(ctx context.Context, bytes string) error {
	n, err := strconv.ParseInt(bytes, 10, 64)
	if err != nil {
		return err
	}
	held := make([]byte, n)
	for i := 0; i < len(held); i += os.Getpagesize() {
		held[i] = 1
	}
	fmt.Println("taken")
	select {
	case <-ctx.Done():
	case <-time.After(time.Hour): // it is killed long before
	}
	runtime.KeepAlive(held)
	return context.Cause(ctx)
}
