package approvals_test

import (
	"testing"

	"countersign/approvals"
)

// The line of a proof says on which device it was made, where it was made on one.
func TestStep_DeviceInTheLine(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.AwaitingStepUp)
	for _, device := range []string{"", "d-1"} {
		p := proof(a, approvals.StageStepUp, approvals.TOTP, soon(a))
		p.Device, p.DeviceKnownFrom = device, soon(a)
		c := must(t)(a.StepUp(p, seller, soon(a)))
		if got, there := c.Event.Data["device"]; got != device || there != (device != "") {
			t.Errorf("on %q the line says %q", device, got)
		}
	}
}
