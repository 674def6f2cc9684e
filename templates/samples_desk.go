package templates

import (
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// DeskSample is one page of the desk in one state.
type DeskSample struct {
	Name string // "desk-queue"
	Page DevPage
}

// DeskSamples lists the pages of the desk in every state.
func DeskSamples() []DeskSample {
	empty := sampleQueue()
	empty.Lines, empty.Next, empty.Counts, empty.Warnings, empty.Link = nil, "", "0 open", nil, "/desk/sign-on/link"
	closed := sampleQueue()
	closed.Open, closed.Warnings = false, nil
	for i := range closed.Lines {
		closed.Lines[i].Outcome, closed.Lines[i].Late = CaseVerbText(desk.Unlock), false
	}
	return append([]DeskSample{
		{"desk-queue", sampleQueue()}, {"desk-queue-empty", empty}, {"desk-queue-closed", closed},
		{"desk-sign", sampleDeskSign(nil)},
		{"desk-sign-second", sampleDeskSign(&DeskNote{By: "Marco T.", Text: "Called the shop's landline. She knew the last order.", At: sampleTime(23, 9, 51)})},
		{"desk-revealed", DeskRevealed{
			DevFrame: deskFrame(), Case: "C-10442", Field: RevealText(desk.RevealAccount, "BD-7K4Q-2M9X"), Value: "NL91 ABNA 0417 1643 00",
			Shown: "shown to Anna B. 09:12", Count: "4 reveals today.", Back: "/desk/cases/10442",
		}},
	}, sampleCases()...)
}

func deskFrame() DevFrame {
	return DevFrame{Role: "agent", Person: "Anna B.", Test: true, CSRF: sampleFrame().CSRF, Now: sampleTime(23, 10, 0), Until: sampleTime(23, 10, 30)}
}

func sampleQueue() DeskQueue {
	line := DeskLine{
		Name: "C-10442", Reason: CaseReasonText(approvals.CaseNotMe), Seller: MaskName("Ferri Ceramiche"), SellerID: "S-2201",
		AtStake: "Change of payout account", Owner: "Anna B.", URL: "/desk/cases/10442", At: sampleTime(23, 13, 5), Risk: "high", Locked: true, Proposed: true,
	}
	late := DeskLine{
		Name: "C-10439", Reason: CaseReasonText(approvals.CaseNotice), Seller: MaskName("Orto"), SellerID: "S-2218", AtStake: "Loan, EUR 12,500.00",
		URL: "/desk/cases/10439", At: sampleTime(23, 8, 0), Late: true, Risk: "medium",
	}
	return DeskQueue{
		DevFrame: deskFrame(), Warnings: []string{"Releases are halted since 23 Nov 2026, 08:00 UTC."}, Open: true, Lines: []DeskLine{late, line},
		States: []DevChoice{{"open", "open", true}, {"closed", "closed", false}}, Reasons: []DevChoice{{"", "any", true}, {"not_me", CaseReasonText(approvals.CaseNotMe), false}},
		Whose: []DevChoice{{"", "anybody or nobody", true}, {"me", "me", false}}, Counts: "2 open, 1 of them claimed by nobody, 1 late",
		Newest: 10442, Poll: "/desk/cases/counts?since=10442", Again: "/desk/cases", Next: "/desk/cases?after=1-10442",
	}
}

func sampleFactsOfCase() desk.Facts {
	return desk.Facts{Locked: true, LockEpoch: 1, Actions: []desk.ActionFact{
		{ID: "1", Reference: "BD-7K4Q-2M9X", State: approvals.Held, Hold: approvals.HoldLocked, Generation: 1, Version: 5},
	}, Ring: &desk.RingFact{Ring: int(approvals.RingFrozen), Sellers: 7}}
}

func sampleDeskSign(said *DeskNote) DeskSign {
	return DeskSign{
		DevFrame: deskFrame(), Zone: sampleZone(), Facts: FactSentences(sampleFactsOfCase()), Said: said, Back: "/desk/cases/10442",
		What: []DeskFact{
			{Name: "What", Value: CaseVerbText(desk.Unlock)}, {Name: "Case", Value: "C-10442"}, {Name: "Seller", Value: MaskName("Ferri Ceramiche")},
			{Name: "Reason", Value: ReasonText(desk.CalledBack)}, {Name: "Opened", At: sampleTime(23, 9, 5)},
		},
		Passkey: DevPasskey{Ask: "get", Submit: "/desk/sign", Refresh: "/desk/sign/options", CSRF: sampleFrame().CSRF, Subject: "5ad6c1b0", Button: "Sign with your passkey"},
	}
}

// sampleCase is wireframe 5 of UX §5.5, claimed by the reader.
func sampleCase() DeskCase {
	facts := SampleFacts()
	from, to := *facts.From, facts.To
	from.Holder, to.Holder = MaskName(from.Holder), MaskName(to.Holder)
	return DeskCase{
		DevFrame: deskFrame(), Name: "C-10442", Zone: sampleZone(), Queue: "/desk/cases", Tags: []string{"open", "locked", "risk: high"},
		About: []DeskFact{
			{Name: "Seller", Value: MaskName("Ferri Ceramiche") + " (S-2201)"}, {Name: "Why", Value: CaseReasonText(approvals.CaseNotMe)},
			{Name: "Decide by", At: sampleTime(23, 13, 5)}, {Name: "Opened", At: sampleTime(23, 9, 5)},
		},
		Claim: DeskClaim{Text: "Claimed by you until 09:42 UTC.", Leave: "/desk/cases/10442/leave"},
		Actions: []DeskAction{{
			Reference: facts.Reference, Kind: ActionKindText(facts.Kind), State: ActionStateText(approvals.Held, approvals.HoldLocked), Class: "high", Opened: true,
			AskedAt: sampleTime(23, 8, 38), From: &from, To: to, Asked: "Chrome on Windows, from 203.0.•.•",
			Signals: []DeskSignal{{"DEST-SHARED", "This account is used by other sellers."}, {"DEVICE-NEW", "This device was never seen before."}},
			Inputs:  []DevFact{{"destination_shared", "6"}, {"device_age_hours", "0"}},
		}},
		Timeline: []DeskMoment{
			{At: sampleTime(23, 9, 5), What: EventText(audit.Event{Verb: "lock"}), Who: "the seller"},
			{At: sampleTime(23, 8, 40), What: EventText(audit.Event{Verb: "proof_refused"}), Who: "the seller"},
			{At: sampleTime(23, 8, 38), What: EventText(audit.Event{Verb: "create"}), Reference: facts.Reference, Who: "the marketplace", Now: "waiting for the seller's first proof"},
		},
		Mails:    []DeskMail{{Kind: "asked", To: "g•••@ferri.example", Reference: facts.Reference, State: "accepted", Answer: "250 ok", At: sampleTime(23, 8, 39)}},
		Others:   []DeskPointer{{Name: "C-10440", Text: CaseReasonText(approvals.CaseRing), URL: "/desk/cases/10440"}},
		Notes:    []DeskNote{{By: "Marco T.", Text: "She calls back at ten.", At: sampleTime(23, 9, 40)}},
		NoteForm: &DeskNoteForm{Submit: "/desk/cases/10442/notes"},
	}
}

func sampleReasons() (out []DevChoice) {
	for _, r := range desk.Reasons() {
		out = append(out, DevChoice{Value: string(r), Text: ReasonText(r)})
	}
	return out
}

func sampleCases() []DeskSample {
	open := sampleCase()
	open.Decide = &DeskDecide{Submit: "/desk/cases/10442/decide", Seen: "ab", Reasons: sampleReasons(), Choices: []DeskChoice{
		{Value: "keep_locked", Text: CaseVerbText(desk.KeepLocked)}, {Value: "unlock", Text: CaseVerbText(desk.Unlock), Two: true},
	}}
	open.Reveal = &DeskReveal{Submit: "/desk/cases/10442/reveals", Reasons: sampleReasons(), Fields: []DevChoice{{Value: "account:1", Text: RevealText(desk.RevealAccount, "BD-7K4Q-2M9X")}}}
	wrong := open
	wrong.Wrong = []DevFault{{"verb", "Choose what is to be done"}, {"reason", "Choose a reason"}}
	moved := open
	moved.Moved = []string{"Fresh trouble joined the case.", "BD-7K4Q-2M9X is over."}
	refused := open
	refused.Refusal = "A lead has to decide. These two people decided together too often in 30 days; a lead signs as the second."

	second := sampleCase()
	second.Claim = DeskClaim{Text: "Claimed by Marco T. until 09:42 UTC.", Take: "/desk/cases/10442/claim", Over: true}
	second.Proposal = &DeskProposal{
		What: CaseVerbText(desk.Unlock), By: "Marco T.", Reason: ReasonText(desk.CalledBack), At: sampleTime(23, 9, 51), Until: sampleTime(23, 13, 51),
		Facts: FactSentences(sampleFactsOfCase()), Answer: &DeskAnswer{Submit: "/desk/cases/10442/answer", Decision: "018f", Reasons: sampleReasons()},
	}
	second.Decide = &DeskDecide{Submit: "/desk/cases/10442/decide", Beside: true, Seen: "ab", Reasons: sampleReasons(), Choices: []DeskChoice{
		{Value: "keep_locked", Text: CaseVerbText(desk.KeepLocked)},
	}}
	own := second
	proposal := *second.Proposal
	proposal.Own, proposal.Answer = true, nil
	own.Proposal, own.Decide = &proposal, nil
	void := second
	stale := proposal
	stale.Own, stale.Moved, stale.Answer = false, moved.Moved, second.Proposal.Answer
	void.Proposal = &stale
	unanswered := second
	unanswered.Wrong = []DevFault{{"answer", "Choose an answer"}, {"second-reason", "Choose a reason"}}

	return []DeskSample{
		{"desk-case-open", open}, {"desk-case-wrong", wrong}, {"desk-case-moved", moved}, {"desk-case-refused", refused},
		{"desk-case-second", second}, {"desk-case-unanswered", unanswered}, {"desk-case-own", own}, {"desk-case-void", void},
		{"desk-case-closed", sampleClosed()}, {"desk-case-defined", sampleDefinedCase()},
	}
}

// sampleClosed is a case that is over, as an auditor reads it.
func sampleClosed() DeskCase {
	c := sampleCase()
	c.Role, c.NoteForm, c.Claim = "auditor", nil, DeskClaim{Text: "Closed 23 Nov 2026, 10:05 UTC: unlock the seller."}
	c.Tags, c.Reads = []string{"closed"}, "You read here; agents and leads decide."
	c.Decisions = []DeskDecided{{
		What: CaseVerbText(desk.Unlock), By: "Marco T. and Anna B.", State: DecisionStateText(desk.CarriedOut), At: sampleTime(23, 10, 5).Add(time.Minute),
		Reasons: []string{ReasonText(desk.CalledBack), ReasonText(desk.KnownDevice)}, Notes: []DeskNote{{By: "Marco T.", Text: "Called the shop's landline."}},
	}}
	return c
}
