package templates

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"countersign/approvals"
)

func eachMail(t *testing.T, check func(t *testing.T, s MailSample, l Locale, m Message)) {
	t.Helper()
	r := sharedRenderer(t)
	for _, l := range Locales() {
		for _, s := range SampleMails() {
			t.Run(s.Name+"."+string(l), func(t *testing.T) {
				m, err := r.Mail(l, s.Mail)
				if err != nil {
					t.Fatal(err)
				}
				check(t, s, l, m)
			})
		}
	}
}

var (
	addresses = regexp.MustCompile(`https?://[^\s"<>]+`)
	foreign   = regexp.MustCompile(`(?i)<img|<link|<script|<form|<iframe|background=|url\(|@import|cid:|src=|unsubscribe`)
	codeLike  = regexp.MustCompile(`\b\d{6}\b`)
)

// TestMailRules are UX §6.1: what a mail may weigh, hold and link to.
func TestMailRules(t *testing.T) {
	t.Parallel()
	eachMail(t, func(t *testing.T, s MailSample, l Locale, m Message) {
		if n := utf8.RuneCountInString(m.Subject); n == 0 || n > 60 {
			t.Errorf("the subject has %d characters: %s", n, m.Subject)
		}
		if strings.ContainsAny(m.Subject, "\r\n") {
			t.Error("the subject has a line break")
		}
		if len(m.Text) > 12<<10 || len(m.HTML) > 12<<10 {
			t.Errorf("text %d bytes, HTML %d bytes, more than 12 KB", len(m.Text), len(m.HTML))
		}
		for name, body := range map[string]string{"text": m.Text, "HTML": m.HTML} {
			checkLinks(t, name, body)
			if found := codeLike.FindString(body); found != "" && !strings.Contains(found, "687485") {
				t.Errorf("the %s holds something like a code: %s", name, found)
			}
			if strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "<no value>") || strings.Contains(body, "January 1 ") || strings.Contains(body, "gennaio 1 ") {
				t.Errorf("the %s prints a value that was not filled", name)
			}
		}
		if found := foreign.FindString(m.HTML); found != "" {
			t.Errorf("the HTML holds %q", found)
		}
		if !strings.Contains(m.HTML, `<html lang="`+string(l)+`"`) || strings.Count(m.HTML, "<h1") != 1 {
			t.Error("the HTML has no language or not one heading")
		}
		if !strings.Contains(m.HTML, `lang="`+string(otherLocale(l))+`"`) {
			t.Error("the HTML has no line in the other language")
		}
	})
}

// checkLinks: one domain, the marketplace's; what is shown is where it leads.
func checkLinks(t *testing.T, name, body string) {
	t.Helper()
	for _, address := range addresses.FindAllString(html.UnescapeString(body), -1) {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || u.Host != "approve.market.example" || u.RawQuery != "" {
			t.Errorf("the %s links to %s", name, address)
		}
	}
	for _, m := range regexp.MustCompile(`<a href="([^"]*)">([^<]*)</a>`).FindAllStringSubmatch(body, -1) {
		if m[1] != m[2] {
			t.Errorf("the %s shows %s and leads to %s", name, m[2], m[1])
		}
	}
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	head   = regexp.MustCompile(`(?s)^.*<h1[^>]*>.*?</h1>`)
	spaces = regexp.MustCompile(`\s+`)
)

// TestMailsSayTheSameTwice: the text is complete and the HTML adds nothing
// (its heading is the subject).
func TestMailsSayTheSameTwice(t *testing.T) {
	t.Parallel()
	eachMail(t, func(t *testing.T, _ MailSample, _ Locale, m Message) {
		rich := html.UnescapeString(tags.ReplaceAllString(head.ReplaceAllString(m.HTML, ""), " "))
		plain := strings.Replace(m.Text, "--\n", "", 1)
		if a, b := squeeze(plain), squeeze(rich); a != b {
			t.Errorf("text and HTML differ:\ntext %s\nHTML %s", a, b)
		}
	})
}

func squeeze(s string) string { return strings.TrimSpace(spaces.ReplaceAllString(s, " ")) }

// leftOut matches a row that says where the rest of a defined kind is.
var leftOut = regexp.MustCompile(`open the request|the page shows|apri la richiesta|la pagina lo mostra`)

// TestMailsTellTheFacts: EM-07, the same significant data as the page, two
// personal items, and a way to stop (threat B8).
func TestMailsTellTheFacts(t *testing.T) {
	t.Parallel()
	r := sharedRenderer(t)
	eachMail(t, func(t *testing.T, s MailSample, l Locale, m Message) {
		frame := s.Mail.mailFrame()
		f := frame.Facts
		if _, stranger := s.Mail.(VerifyMail); stranger { // perhaps: the address is not verified yet
			if text := m.Text + m.HTML; strings.Contains(text, f.From.Text) || strings.Contains(text, f.Asked.Place.IP) || strings.Contains(text, f.Reference) {
				t.Error("the mail to a new address tells about the seller")
			}
			return
		}
		if _, stranger := s.Mail.(InvitedMail); stranger { // has nothing to do with the account yet
			if text := m.Text + m.HTML; strings.Contains(text, f.Reference) || strings.Contains(text, f.Asked.Place.IP) {
				t.Error("an invitation tells about an action of the seller")
			}
			return
		}
		want := []string{f.Name}
		if f.Reference != "" {
			want = append(want, f.Reference, f.To.Text, f.To.Plain, f.To.Holder, string(frame.Stop))
			if f.From != nil {
				want = append(want, f.From.Text, f.From.Plain, f.From.Holder, f.From.Last4)
			}
			if f.Asked.Device.Browser != "" {
				want = append(want, f.Asked.Device.Browser, f.Asked.Device.System, f.Asked.Place.IP)
			}
		}
		for _, part := range want {
			if !strings.Contains(m.Text, part) {
				t.Errorf("the text does not say %q", part)
			}
			if !strings.Contains(html.UnescapeString(m.HTML), part) {
				t.Errorf("the HTML does not say %q", part)
			}
		}
		page := html.UnescapeString(renderPage(t, r, l, Status{Frame: sampleFrame(), Facts: f, State: approvals.Notifying}))
		for _, row := range factRows(m.Text) {
			if f.Defined != nil && leftOut.MatchString(row) {
				continue // TestDefined_everything_signed_is_on_the_page: what is not repeated here
			}
			label := strings.TrimSpace(strings.SplitN(strings.TrimSpace(row), "  ", 2)[0])
			value := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(row), label))
			if last := value[strings.LastIndex(value, " ")+1:]; f.Reference != "" && !strings.Contains(page, strings.Trim(last, "()")) {
				t.Errorf("the page does not say %q of %q", last, row)
			}
		}
	})
}

// factRows are the lines of the block of facts.
func factRows(text string) []string {
	var rows []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "  ") {
			rows = append(rows, line)
		}
	}
	return rows
}

// TestOnlyMail4Confirms: the confirm link exists in mails 4 and 4b alone
// (DESIGN rule 2, UX §6.1).
func TestOnlyMail4Confirms(t *testing.T) {
	t.Parallel()
	eachMail(t, func(t *testing.T, s MailSample, _ Locale, m Message) {
		_, confirms := s.Mail.(ConfirmMail)
		if got := strings.Contains(m.Text, "/confirm/"); got != confirms {
			t.Errorf("a confirm link: %v", got)
		}
	})
}

// TestSubjectsThatAreTooLongAreRefused: a subject is cut by mail programs, and
// with it the reference.
func TestSubjectsThatAreTooLongAreRefused(t *testing.T) {
	t.Parallel()
	frame := SampleMails()[0].Mail.mailFrame()
	frame.Facts.Reference = strings.Repeat("X", 60) + "-1"
	if m, err := sharedRenderer(t).Mail(EN, RequestedMail{frame}); err == nil {
		t.Errorf("subject %q", m.Subject)
	}
}

// TestNamesStayText: C15, markup and links in a name stay inert.
func TestNamesStayText(t *testing.T) {
	t.Parallel()
	frame := SampleMails()[0].Mail.mailFrame()
	frame.Facts.Name = `<a href="https://evil.example">Giulia</a>`
	frame.Facts.To.Holder = `<img src=x onerror=alert(1)>`
	m, err := sharedRenderer(t).Mail(EN, RequestedMail{frame})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, `<a href="https://evil`) {
		t.Error("a name became markup")
	}
	page := renderPage(t, sharedRenderer(t), EN, Status{Frame: sampleFrame(), Facts: frame.Facts, State: approvals.Notifying})
	if strings.Contains(page, "<img") {
		t.Error("a holder became markup")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	long := "https://approve.market.example/cancel/" + strings.Repeat("x", 80)
	got := wrap(strings.Repeat("word ", 40) + long)
	for _, line := range strings.Split(got, "\n") {
		if utf8.RuneCountInString(line) > lineWidth && line != long {
			t.Errorf("%d characters: %s", utf8.RuneCountInString(line), line)
		}
	}
	if !strings.HasSuffix(got, "\n"+long) {
		t.Error("the address was broken or shares its line")
	}
}
