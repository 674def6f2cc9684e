package approvalstest

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
)

// RunStore runs the contract of approvals.Store, Reader, Waker, Outbox,
// Registry, Answers, Cases and Governor. open returns a new, migrated database.
func RunStore(t *testing.T, open func(testing.TB) *approvaldb.DB) {
	t.Helper()
	for _, tt := range storeTests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, Service(t, open(t), NewClock()))
		})
	}
}

type storeTest struct {
	name string
	run  func(t *testing.T, w *World)
}

var storeTests = []storeTest{
	{"create/keeps everything", createKeepsEverything},
	{"create/one open action (rule 6)", createOneOpen},
	{"create/supersede starts from nothing (rule 6)", createSupersedes},
	{"create/destination first (rule 8)", createDestinationFirst},
	{"create/of a locked seller is held", createLocked},
	{"create/unknown marketplace", createUnknownMarketplace},
	{"create/a refused plan leaves nothing", createRefusedPlan},
	{"create/contacts are added, never replaced", createContacts},
	{"update/no change saves nothing", updateNoChange},
	{"update/an error saves nothing and comes back", updateError},
	{"update/all or nothing, jobs included (rule 15)", updateAllOrNothing},
	{"update/a proof is spent once (rule 1)", updateProofOnce},
	{"update/a freed action starts again (rule 13)", updateRestart},
	{"update/a refused notice opens a case", updateNoticeRefused},
	{"update/links are replaced and spent", updateLinks},
	{"update/every move has its event", updateTimeline},
	{"update/a timeline stays short", updateTimelineBound},
	{"release/halt and clock (rules 16, 17)", releaseGate},
	{"release/other details hold (rule 7)", releaseMismatch},
	{"seller/lock holds everything (rule 13)", sellerLock},
	{"seller/not me cancels and locks", sellerNotMe},
	{"seller/no change saves nothing", sellerNoChange},
	{"refuse/is audited by itself", refuseIsAudited},
	{"read/pages by cursor", readPages},
	{"read/filters", readFilters},
	{"read/by reference", readReference},
	{"read/history of a seller", readHistory},
	{"foreign keys are unknown (I21)", foreignKeys},
	{"wake/due in order", wakeDue},
	{"wake/lost jobs are found", wakeLost},
	{"wake/later rows are woken when they are due", wakeLater},
	{"own/a confirmation executes", ownConfirmed},
	{"own/a new address answers first", ownUnverified},
	{"own/all or nothing", ownAllOrNothing},
	{"approver/kept, and needed (AS-04)", approverKept},
	{"approver/removed", approverRemoved},
	{"approver/agents stand in", agentsStandIn},
	{"race/both proofs: one approval", raceAgree},
	{"race/stop and approve (rule 5)", raceStop},
	{"push/kept sealed with its action", pushKept},
	{"push/another row's body does not open (N12)", pushSwapped},
	{"push/woken when it is due", pushWoken},
	{"push/left for a node that sends it (L2)", pushOfOthers},
	{"push/every attempt is evidence (I5)", pushEvidence},
	{"push/what nobody knows goes to people (I4b)", pushUnresolved},
	{"push/all or nothing", pushAllOrNothing},
	{"wake/rows in hand are due when their lease ends", wakeLeased},
	{"mail/lease", mailLease},
	{"mail/settled with the move", mailSettledWithMove},
	{"delivery/one for each endpoint that wants it", deliveryEndpoints},
	{"delivery/lease, retry and end", deliveryLease},
	{"delivery/a gone endpoint is disabled", deliveryGone},
	{"delivery/every attempt is kept, and sent again in rounds", deliveryAttempts},
	{"delivery/trouble is paced (F-37)", deliveryPaced},
	{"endpoint/keys are rolled (WH-04)", endpointRolls},
	{"endpoint/the limit holds when one is enabled", endpointLimit},
	{"feed/misses nothing (CI-07)", feedMissesNothing},
	{"notice/one mail for each contact (NI-20)", noticeTold},
	{"notice/sealed, and its link only as a hash", noticeSealed},
	{"notice/what repeats is told once in ten minutes", noticeRepeated},
	{"notice/unknown links and sellers", noticeUnknown},
	{"notice/a replay costs what a wrong code does (C6)", noticeDeferred},
	{"notice/not me locks and cancels", noticeDisowned},
	{"notice/a replaced address hears of it for thirty days (B3)", noticeRetired},
	{"race/notices: what repeats is told once", noticeRace},
	{"notice/a refusal and its notice", noticeRefused},
	{"notice/a machine's not me opens a case", noticeDisownedFast},
	{"registry", registryKeeps},
	{"API keys", keysKeep},
	{"API keys rolled", keysRoll},
	{"API keys rolled at the limit", keysRollLimit},
	{"API keys used", keysUsed},
	{"answers", answersOnce},
	{"cases are joined", casesJoined},
	{"hand-offs of sellers", sellerHandoffs},
	{"choices of sellers", sellerChoices},
	{"governor/halt and resume", governorHalt},
	{"governor/the mark goes back by the operator alone", governorClock},
	{"signals/who shares a destination (C5)", signalsShared},
	{"signals/what ended in vain is weak (C5)", signalsWeak},
	{"signals/who disputes it (C5)", signalsDisputed},
	{"signals/of the seller's own past", signalsOwn},
	{"signals/loans to one destination add up (C17)", signalsLoans},
	{"signals/networks and countries are learned from proofs alone", signalsPlaces},
	{"signals/networks kept are few", signalsPlacesBound},
	{"signals/networks seen first by a clock ahead", signalsPlacesClocks},
	{"signals/a hundred requests hide nothing (C17)", signalsCrowded},
	{"signals/agents who recover many (B10)", signalsAgents},
	{"signals/a campaign", signalsAlike},
	{"signals/a campaign: networks and new accounts, languages and banks", signalsAlikeAge},
	{"signals/a campaign: one browser", signalsAlikeDevice},
	{"signals/a campaign: seen at the proof", signalsAlikeLater},
	{"ring/found, and spread to those who wait (C5)", ringed(ringFound)},
	{"ring/stops what was approved, and survives a crash (F-02)", ringed(ringEarlier)},
	{"ring/a rival freezes nobody (C5)", ringed(ringPoison)},
	{"ring/an aged account is frozen by nobody who came later (C5)", ringed(ringFair)},
	{"ring/nor by one strong signal (C5)", ringed(ringFairStrong)},
	{"ring/stops what failed at the marketplace", ringed(ringFailed)},
	{"ring/reaches who named it before they were compared", ringed(ringAcrossLater)},
	{"ring/declared sellers are none", ringed(ringDeclared)},
	{"ring/the denied list", ringed(ringDenied)},
	{"ring/across marketplaces", ringed(ringAcross)},
	{"ring/seen by people", ringed(ringSeen)},
	{"audit/read and checked", auditRead},
	{"handover/of nothing", handoverQuiet},
	{"race/sellers: one names an account first (C5)", raceNamed},
	{"race/claims: one winner", raceClaims},
	{"race/one proof, many posts", raceProof},
	{"race/creations: one action", raceCreate},
	{"race/cancel and claim (rule 5)", raceCancelClaim},
	{"race/lock and claim (rule 13)", raceLockClaim},
	{"race/pushes: one sender", racePush},
	{"race/pushes: one takes over", raceTakeover},
	{"race/cancel and push (I3)", raceCancelPush},
	{"race/lock and push (I7b)", raceLockPush},
	{"race/cases: one number", raceCases},
}

var ctx = context.Background()

// refused checks that err is the refusal with this code.
func refused(t testing.TB, err error, code approvals.Code) {
	t.Helper()
	if !errors.Is(err, approvals.Refuse(code)) {
		t.Errorf("got %v, want refused: %s", err, code)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// count returns how many rows a table has.
func (w *World) count(t testing.TB, table string) int {
	t.Helper()
	var n int
	ok(t, w.DB.SQL().QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// footprint is how much everything is that a move may write.
func (w *World) footprint(t testing.TB) map[string]int {
	t.Helper()
	sizes := map[string]int{}
	for _, table := range []string{
		"sellers", "contacts", "actions", "events", "notices", "proofs", "links", "claims",
		"mails", "security_notices", "notice_mails", "deliveries", "announcements", "cases", "answers", "sightings", "pushes", "push_attempts", "test_jobs",
		"destinations", "destination_sellers", "payout_accounts", "traits", "seller_places",
	} {
		sizes[table] = w.count(t, table)
	}
	return sizes
}

// kinds counts mails by kind.
func kinds(mails []approvals.OutMail) map[approvals.MailKind]int {
	n := map[approvals.MailKind]int{}
	for _, m := range mails {
		n[m.Mail.Kind]++
	}
	return n
}
