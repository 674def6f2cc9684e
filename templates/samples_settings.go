package templates

import (
	"fmt"
	"time"

	"countersign/approvals"
)

// SampleHistories are the states of S10.
func SampleHistories() []Sample {
	asked := SampleFacts().Asked
	base := History{
		Frame: sampleFrame(), Kind: HistoryAll, Period: HistoryWhole, Self: "/history", CSV: "/history.csv?kind=all&period=13m",
		Security: "/security", Return: "https://market.example/bank",
	}
	entry := func(i int, state approvals.State, kind approvals.Kind) HistoryEntry {
		e := HistoryEntry{
			At: sampleTime(22, 17, 21).AddDate(0, 0, -i), Kind: kind, Reference: fmt.Sprintf("BD-7K4Q-2M%02d", i), State: state,
			Device: asked.Device, Place: asked.Place, Open: "/actions/BD-7K4Q-2M9X/status", Stop: "/actions/BD-7K4Q-2M9X/cancel",
		}
		if kind.SetsAccount() || kind == approvals.LoanDisbursement {
			e.New = "4300"
		}
		return e
	}
	full, mixed, events := base, base, base
	for i, s := range approvals.States {
		full.Entries = append(full.Entries, entry(i, s, approvals.PayoutAccountChange))
	}
	full.Older = "/history?kind=all&period=13m&before=0197a5d2-4c11-7e3a-9b6f-2f8e5d1c7a90"
	for i, k := range append(approvals.Kinds[:len(approvals.Kinds):len(approvals.Kinds)], "shop.rename") {
		mixed.Entries = append(mixed.Entries, entry(i, approvals.Executed, k))
	}
	mixed.Entries = append(mixed.Entries, sampleDefinedEntries(entry(12, approvals.Executed, ""))...)
	mixed.Newest, mixed.Defined = "/history", []Defined{*sampleDefined(Facts{}).Defined, {Kind: "shop.rename"}}
	for i, v := range HistoryVerbs() {
		events.Entries = append(events.Entries, HistoryEntry{At: sampleTime(22, 17, 21).AddDate(0, 0, -i), Verb: v})
	}
	events.Entries[0].Stop = "/not-me/nQ1Zk0V1xq6n8aTt4Jb5mX2v0o3sW7yRr9uEe1cGg2dI"
	events.Kind, events.Period = HistorySecurity, HistoryMonth
	empty, none := base, base
	none.Kind, none.Period, none.CSV = HistoryKind(approvals.PayoutAccountChange), HistoryQuarter, ""
	empty.CSV, empty.Return = "", ""
	return []Sample{
		{"history-full", full}, {"history-kinds", mixed}, {"history-security", events}, {"history-empty", empty}, {"history-none", none},
	}
}

// SampleSecurities are the states of S11.
func SampleSecurities() []Sample {
	at := sampleTime(22, 17, 21)
	windows := Device{Browser: "Chrome", System: "Windows"}
	base := Security{
		Frame: sampleFrame(),
		Authenticators: []AuthenticatorCard{
			{ID: "1", Method: approvals.Passkey, Name: "MacBook", Provider: "iCloud Keychain", CreatedAt: at.AddDate(0, -8, 0), LastUsedAt: at, Remove: true},
			{ID: "2", Method: approvals.Passkey, Name: "Telefono", CreatedAt: at, UsableFrom: sampleTime(30, 9, 5)},
			{ID: "3", Method: approvals.TOTP, CreatedAt: at, Pending: true},
		},
		Add: "/enrol", HasCodes: true, CodesLeft: 7, Codes: "/security/codes", Recover: "/recover",
		People: []PersonCard{
			{ID: "p1", Name: "Marco Neri", Email: "m•••@neri.example", State: "usable", Remove: true},
			{ID: "p2", Name: "Luca Verdi", Email: "l•••@verdi.example", State: "invited", Until: sampleTime(29, 9, 5), Remove: true},
			{ID: "p3", Name: "Sara Blu", Email: "s•••@blu.example", State: "quarantine", UsableFrom: sampleTime(30, 9, 5)},
		},
		AddPerson: "/security/people", RemovePerson: "/security/people/remove",
		Addresses: []AddressCard{
			{Email: "g•••@ferri.example", Since: at.AddDate(-1, 0, 0)}, {Email: "o•••@ferri.example", Since: at.AddDate(-2, 0, 0), RetiredAt: at},
		},
		Devices: []DeviceCard{
			{Handle: "a", Device: windows, BegunAt: at, SeenAt: at.Add(4 * time.Minute), Here: true},
			{Handle: "b", Device: Device{Browser: "Safari", System: "iPhone"}, BegunAt: at, SeenAt: at},
		},
		Known: []KnownDevice{
			{ID: "7", Device: windows, FirstSeen: at.AddDate(0, -3, 0), LastSeenAt: at},
			{ID: "8", Device: Device{Browser: "Safari", System: "iPhone"}, FirstSeen: at, LastSeenAt: at, KnownFrom: at.AddDate(0, 0, 30)},
		},
		Forget: "/security/device", SignOut: "/security/sign-out", SignOutAll: "/security/sign-out-everywhere", Rename: "/security/name", Remove: "/security/remove",
		Choices: "/security/choices", Locale: IT, ZoneName: "Europe/Rome", Longer: "/security/longer", Hours: 24,
		Travel: "/security/travel", TravelUntil: sampleTime(30, 0, 0), FirstDay: "2026-11-22", LastDay: "2027-02-19",
		History: "/history", Check: "/security/check", Return: "https://market.example/bank",
	}
	bare := Security{
		Frame: sampleFrame(), Enrol: "/enrol", Devices: base.Devices[:1], SignOut: base.SignOut, SignOutAll: base.SignOutAll,
		Choices: base.Choices, Locale: EN, ZoneName: "UTC", Longer: base.Longer, Travel: base.Travel,
		FirstDay: base.FirstDay, LastDay: base.LastDay, History: base.History, Check: base.Check,
	}
	locked := bare
	locked.Locked, locked.Enrol = "/locked", ""
	busy := base
	busy.Add, busy.Busy = "", true
	out := []Sample{{"security-full", base}, {"security-bare", bare}, {"security-locked", locked}, {"security-busy", busy}}
	for _, s := range []SecuritySaved{SavedChoices, SavedWait, SavedTravel, SavedDevice, SavedName, SavedForgot} {
		p := base
		p.Saved = s
		out = append(out, Sample{"security-saved-" + string(s), p})
	}
	for _, f := range []SecurityFault{FaultZone, FaultHours, FaultHoursLess, FaultTravel, FaultTravelLess, FaultDevice, FaultForgot, FaultName, FaultGone, FaultLast, FaultPerson} {
		p := base
		p.Fault = f
		out = append(out, Sample{"security-fault-" + string(f), p})
	}
	return append(out, Sample{"signed-out", SignedOut{Frame: sampleFrame(), Return: "https://market.example/bank"}})
}

// SampleChecks are the states of S14 and of what a reference leads to.
func SampleChecks() []Sample {
	check := Check{Frame: sampleFrame(), Host: "approve.market.example", Lookup: "/find"}
	fault := check
	fault.Fault = true
	return []Sample{
		{"check", check}, {"check-fault", fault},
		{"find", Find{Frame: sampleFrame(), Reference: "BD-7K4Q-2M9X", Check: "/security/check"}},
	}
}
