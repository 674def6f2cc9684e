package desk

import "strings"

// Limits of a diff.
const (
	diffAround = 2    // lines that stay, around those that do not
	diffLines  = 2000 // of one file; beyond, everything differs
)

// Diff lists the lines that differ between two sources, with a few around them:
// each begins with "+ ", "- ", or two blanks; "..." stands for lines left out. None
// where nothing differs.
func Diff(old, next []byte) []string {
	a, b := lines(old), lines(next)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var all []string
	for _, l := range a[:head] {
		all = append(all, "  "+l)
	}
	all = append(all, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	for _, l := range a[len(a)-tail:] {
		all = append(all, "  "+l)
	}
	return shortened(all)
}

func lines(source []byte) []string {
	all := strings.Split(strings.TrimSuffix(string(source), "\n"), "\n")
	if len(all) > diffLines {
		all = append(all[:diffLines:diffLines], "...")
	}
	return all
}

// middle is the diff of two texts by their longest common subsequence.
func middle(a, b []string) []string {
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

// shortened leaves out what is far from any difference.
func shortened(all []string) []string {
	near := make([]bool, len(all))
	for i, l := range all {
		if l[0] == ' ' {
			continue
		}
		for k := max(0, i-diffAround); k <= min(len(all)-1, i+diffAround); k++ {
			near[k] = true
		}
	}
	var out []string
	for i, l := range all {
		switch {
		case near[i]:
			out = append(out, l)
		case len(out) > 0 && out[len(out)-1] != "...":
			out = append(out, "...")
		}
	}
	return out
}
