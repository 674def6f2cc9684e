package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// loadNow is the machine's load over the last minutes, as the kernel keeps it.
func loadNow() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	fields := strings.Fields(string(raw))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

// ownCPU is the processor time that this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tick is the unit of times in /proc (USER_HZ, 100 on every Linux).
const tick = 10 * time.Millisecond

// process is what /proc says of one process.
type process struct {
	parent int
	own    time.Duration // processor time of the process
	dead   time.Duration // and of its children that are gone
}

// readProcess reads /proc/PID/stat (proc(5)).
func readProcess(pid int) (process, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	_, rest, found := bytes.Cut(raw, []byte(") ")) // the name before may hold anything
	fields := strings.Fields(string(rest))
	if !found || len(fields) < 15 {
		return process{}, fmt.Errorf("/proc/%d/stat is of another form", pid)
	}
	number := func(i int) time.Duration {
		n, _ := strconv.ParseInt(fields[i], 10, 64)
		return time.Duration(n)
	}
	return process{
		parent: int(number(1)), own: (number(11) + number(12)) * tick, dead: (number(13) + number(14)) * tick,
	}, nil
}

// cpuOf is the processor time of a process.
func cpuOf(pid int) time.Duration {
	p, err := readProcess(pid)
	if err != nil {
		return 0
	}
	return p.own
}

// cpuOfFamily is the processor time of a process and all children it ever had.
func cpuOfFamily(pid int) time.Duration {
	p, err := readProcess(pid)
	if err != nil {
		return 0
	}
	sum := p.own + p.dead
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		if c, err := readProcess(child); err == nil && c.parent == pid {
			sum += c.own + c.dead
		}
	}
	return sum
}

// memory is what a process holds in memory, in MB of 1,000,000 bytes.
type memory struct{ now, peak float64 }

func memoryOf(pid int) (memory, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, fmt.Errorf("read memory: %w", err)
	}
	var m memory
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, _ := strconv.ParseFloat(fields[1], 64)
		switch fields[0] {
		case "VmRSS:":
			m.now = kib * 1024 / 1e6
		case "VmHWM:":
			m.peak = kib * 1024 / 1e6
		}
	}
	return m, nil
}
