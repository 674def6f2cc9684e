package proxy

import "strings"

// scripts are the endings of files that servers run. Such a file is named with
// or without its ending, and what follows it in a path may be all that the
// application looks up.
var scripts = func() map[string]bool {
	all := map[string]bool{}
	for _, s := range []string{
		"php", "php3", "php4", "php5", "php7", "php8", "phtml", "phar", "cgi", "fcgi", "fpl", "pl", "py", "rb", "lua", "tcl", "sh", "wsgi", "psgi",
		"asp", "aspx", "ashx", "asmx", "axd", "svc", "cshtml", "dll", "exe", "jsp", "jspx", "jspa", "jsf", "faces", "do", "action", "cfm", "cfml", "cfc", "nsf",
	} {
		all[s] = true
	}
	return all
}()

// maxScripts is how many of them a path can name and still be looked up.
const maxScripts = 4

// stem is the name of a script without its ending; other segments are their
// own.
func stem(segment string) (string, bool) {
	i := strings.LastIndexByte(segment, '.')
	if i < 1 || !scripts[strings.ToLower(segment[i+1:])] {
		return segment, false
	}
	return segment[:i], true
}

// throughScript is what a path with a script in it can come to: /a/b.php/c is
// b.php, which is told of /c; it is /c to an application that b.php stands in
// front of; and it is /a/c to one that lives in /a.
type throughScript struct{ script, after, without string }

// throughScripts reads a path at each of its scripts. many: there are too many.
func throughScripts(p string) (all []throughScript, many bool) {
	if strings.IndexByte(p, '.') < 0 {
		return nil, false
	}
	for start := 0; start <= len(p); {
		end := len(p)
		if i := strings.IndexByte(p[start:], '/'); i >= 0 {
			end = start + i
		}
		if _, ok := stem(p[start:end]); ok {
			if len(all) == maxScripts {
				return all, true
			}
			all = append(all, throughScript{p[:end], p[end:], p[:start] + strings.TrimPrefix(p[end:], "/")})
		}
		start = end + 1
	}
	return all, false
}

// unscripted are the patterns of a route that names a script, as its
// application has them where it is reached without the script's name. One with
// no word of its own left would be the pattern of everything.
func unscripted(s string) (all []pattern) {
	through, _ := throughScripts(s)
	for _, one := range through {
		for _, rest := range []string{one.after, one.without} {
			p, err := parseSegments(rest)
			if worded := err == nil && one.after != "" && p.worded(); worded {
				all = append(all, p)
			}
		}
	}
	return all
}

// worded reports whether some segment is not a name in braces.
func (p pattern) worded() bool {
	for _, name := range p.params {
		if name == "" {
			return true
		}
	}
	return false
}
