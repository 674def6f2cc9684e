package approvals

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// ApproverRef names a person in the details of approver.add, where they have no
// id yet, and of approver.remove, so that what is signed says who.
type ApproverRef struct {
	ID    ApproverID `json:"id,omitempty"`
	Name  string     `json:"name"`
	Email string     `json:"email"`
}

// approverAdd is the details of approver.add.
type approverAdd struct {
	Approver struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"approver"`
}

func (d *approverAdd) wrong() []FieldError {
	return approverWrong(ApproverRef{Name: d.Approver.Name, Email: d.Approver.Email})
}

func (d *approverAdd) subject(key []byte) string {
	return keyed(key, "approver", strings.ToLower(d.Approver.Email))
}

// approverRemove is the details of approver.remove.
type approverRemove struct {
	Approver ApproverRef `json:"approver"`
}

func (d *approverRemove) wrong() []FieldError {
	fields := approverWrong(d.Approver)
	if d.Approver.ID == "" || len(d.Approver.ID) > 64 {
		fields = append(fields, FieldError{"details.approver.id", "must have 1 to 64 characters"})
	}
	return fields
}

func (d *approverRemove) subject(key []byte) string {
	return keyed(key, "approver", strings.ToLower(d.Approver.Email))
}

func approverWrong(r ApproverRef) []FieldError {
	var fields []FieldError
	if n := utf8.RuneCountInString(r.Name); n < 1 || n > 64 || strings.TrimSpace(r.Name) != r.Name {
		fields = append(fields, FieldError{"details.approver.name", "must have 1 to 64 characters and no blanks around them"})
	}
	if canonical, err := ParseEmail(r.Email); err != nil {
		fields = append(fields, FieldError{"details.approver.email", err.Error()})
	} else if canonical != r.Email {
		fields = append(fields, FieldError{"details.approver.email", "must have its domain in lower-case ASCII"})
	}
	return fields
}

// ApproverOf returns the person that an approver.add or approver.remove is
// about; false for any other action.
func ApproverOf(a Action) (ApproverRef, bool) {
	var d approverRemove
	if a.Kind != ApproverAdd && a.Kind != ApproverRemove || json.Unmarshal(a.Details, &d) != nil {
		return ApproverRef{}, false
	}
	if a.Kind == ApproverAdd {
		d.Approver.ID = ApproverID(a.ID)
	}
	return d.Approver, true
}
