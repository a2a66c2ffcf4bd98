package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// dropStartPages gives back the pages of the program's own file that only the start needed: flags, migrations, tables of the linker,
// more than half of the memory of an idle gateway. What is needed again comes back from the file. Mappings that differ from the file
// are left alone.
func dropStartPages() {
	exe, err := os.Executable()
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer f.Close()
	var from, to uintptr // of a mapping that may go
	in := bufio.NewScanner(f)
	for in.Scan() {
		line := in.Text()
		if name, value, ok := strings.Cut(line, ":"); ok && !strings.Contains(name, " ") {
			switch name {
			case "Private_Dirty", "Anonymous":
				if strings.TrimSpace(value) != "0 kB" {
					from, to = 0, 0
				}
			case "VmFlags": // the last one of a mapping
				if to > from {
					_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED) // a kernel that does not want to may keep them
				}
				from, to = 0, 0
			}
			continue
		}
		// 00400000-01a2b000 r-xp 00000000 fd:01 131 /usr/bin/shopkeeper
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[5] != exe || fields[1][1] == 'w' || fields[1][0] != 'r' {
			continue
		}
		a, b, _ := strings.Cut(fields[0], "-")
		start, err1 := strconv.ParseUint(a, 16, 64)
		end, err2 := strconv.ParseUint(b, 16, 64)
		if err1 == nil && err2 == nil {
			from, to = uintptr(start), uintptr(end)
		}
	}
}
