package main

import "testing"

// TestBrowser: what sellers see and do, in a real browser (UX §8). One Chromium
// serves them all; every test has a profile of its own, and every story a
// gateway, a marketplace and a mailbox of its own.
func TestBrowser(t *testing.T) {
	t.Parallel()
	c := startChromium(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *chromium)
	}{
		// Pages, with sample data.
		{"every page in every state", testPages},
		{"the reference of the API", testReference},
		{"D8 developer pages", testDevPages},
		{"the checks can fail", testChecksCanFail},
		{"weight of every page", testWeight},
		{"requests of a page", testRequests},
		{"S1 by keyboard", testReviewKeyboard},
		{"S1 and S5 on paper", testPaper},
		{"without JavaScript", testNoScripts},

		// Stories that end well.
		{"happy path", testHappyPath},
		{"happy path without JavaScript", testHappyWithoutScripts},
		{"passkey by keyboard", testPasskeyByKeyboard},
		{"TA-01 TA-04 what a review says", testNoSignIn},
		{"S10 S11 settings and history", testSettings},
		{"S10 S11 without JavaScript", testSettingsWithoutScripts},
		{"a kind that the marketplace defines", testDefinedKind},
		{"pictures", testScreens},
		{"D1 D2 D3 D4 D7 developers", testDevelopers},
		{"C1 AS-04 two admins and a policy", testDesk},
		{"C2 C3 C4 C5 two agents and a lock", testCase},

		// The seller's own security.
		{"one more passkey by keyboard", testMorePasskeys},
		{"an app added, named and removed", testAppNamedAndRemoved},
		{"NI-16 the way back with codes", testRecovery},

		// Robots and links.
		{"EM-01 EM-02 AS-06 robots", testRobots},
		{"EM-02 EM-10 a robot that answers", testGreedyRobot},
		{"EM-05 link renewal", testLinkRenewal},
		{"EM-08 too early", testTooEarly},
		{"EM-14 window over", testWindowOver},
		{"link cut in half", testBrokenLink},

		// Stopping.
		{"cancel from the mail", testCancelFromMail},
		{"EM-10 not me, from the mail", testNotMe},
		{"refuse on the review", testRefuseOnReview},
		{"stop without JavaScript", testStopWithoutScripts},

		// Proofs that are none.
		{"passkey dialog closed", testPasskeyDialog},
		{"passkey refused", testPasskeyRefused},
		{"passkey gone", testPasskeyGone},
		{"passkey not made", testSetUpRefused},
		{"late options", testLateOptions},
		{"double click", testDoubleClick},
		{"codes wrong, used and pasted", testCodes},
		{"TA-09 fifth wrong code", testFifthWrongCode},

		// Sessions and pages left open.
		{"SM-04 session ended", testSessionEnded},
		{"live status", testLiveStatus},
		{"fresh options", testFreshOptions},
		{"back button", testBackButton},
		{"two tabs", testTwoTabs},
		{"superseded while open", testSuperseded},
		{"stop question left open", testStaleStop},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, c)
		})
	}
}
