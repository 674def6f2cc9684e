package desk_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	policy "countersign/approvals/desk"
	"countersign/auth"
	"countersign/web/desk"
)

// has gives a seller an app that counts.
func (o *office) has(key approvals.SellerKey) {
	o.t.Helper()
	o.ok(o.DB.InTx(o.t.Context(), func(tx *approvaldb.Tx) error {
		at := approvaldb.At(o.Clock.Now())
		return tx.Exec("INSERT INTO authenticators (id, marketplace, seller, method, added, name, provider, transports, backup_eligible, backed_up, last_step, failures, created_at, usable_from, sealed)"+
			" VALUES (?, ?, ?, 'totp', 'first', '', '', '', (1 = 0), (1 = 0), 1, 0, ?, ?, ?)",
			approvalstest.NewID(), string(key.Marketplace), string(key.Seller), at, at, bytes.Repeat([]byte{9}, 40)).Error
	}))
}

// agent_sees_code (THREATS B10): while a recovery waits, and when its link is out, no
// page of the desk has in its source, for any role, what it could be used with.
func TestAgentSeesCode(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a := o.Drive(t, approvals.CoolingOff)
	o.has(a.SellerKey())
	o.Service.Recoveries = o.Parts.Recoveries
	marco, anna := o.pair()
	all := map[string]*browser{"agent": marco, "second agent": anna}
	for _, role := range []auth.Role{auth.Lead, auth.Auditor, auth.Admin} {
		all[string(role)] = o.join(role, string(role))
	}
	o.ok(o.Service.AskRecovery(t.Context(), a.SellerKey(), audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)}))
	path := o.newest()
	marco.proposes(path, "reset_authenticators").want(303, path)
	anna.answers(path, "approve").want(303, path)
	ids := map[string]string{"case": strings.TrimPrefix(path, "/desk/cases/"), "number": "1", "ring": "R-1", "id": string(marco.who.ID), "token": strings.Repeat("A", 43)}
	o.silentPages(all, ids, a)
	o.Clock.Advance(approvals.RecoveryWait + time.Minute)
	r := o.Opened(t, a.SellerKey())
	for _, b := range all {
		b.signIn()
	}
	marco.get(path).want(200, "").says("recovery running")
	o.silentPages(all, ids, a, o.Keys.Links().RecoveryToken(r.ID, r.Serial))
}

// silentPages opens everything there is to open.
func (o *office) silentPages(all map[string]*browser, ids map[string]string, a approvals.Action, secrets ...string) {
	o.t.Helper()
	for generation := range 3 {
		secrets = append(secrets, o.Keys.Links().Token(approvals.ConfirmLink, a.ID, generation))
	}
	secrets = append(secrets, "20201555555555", "55555555", "otpauth:")
	for _, c := range a.Contacts {
		secrets = append(secrets, c.Email)
	}
	for who, b := range all {
		for _, pattern := range desk.Patterns(o.site) {
			method, path := filled(pattern, ids)
			if method != "GET" {
				continue
			}
			shown := b.get(path)
			for _, secret := range secrets {
				if strings.Contains(shown.text, secret) || strings.Contains(shown.Header.Get("Location"), secret) {
					o.t.Errorf("%s shows %s %q", path, who, secret)
				}
			}
		}
	}
}

// What the desk reads of a case has no place for a code, a token or a key.
func TestAgentSeesCode_Types(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var walk func(at string, is reflect.Type)
	walk = func(at string, is reflect.Type) {
		for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map}, is.Kind()) {
			is = is.Elem()
		}
		if is.Kind() != reflect.Struct || seen[is] {
			return
		}
		seen[is] = true
		for f := range is.Fields() {
			name := strings.ToLower(f.Name)
			for _, word := range []string{"token", "secret", "sealed", "link", "otp", "password", "private", "recoverycode", "credential"} {
				if strings.Contains(name, word) && f.Type != reflect.TypeFor[time.Time]() && f.Type.Kind() != reflect.Bool {
					t.Errorf("%s.%s", at, f.Name)
				}
			}
			walk(at+"."+f.Name, f.Type)
		}
	}
	walk("Dossier", reflect.TypeFor[policy.Dossier]())
	walk("CaseLine", reflect.TypeFor[policy.CaseLine]())
}
