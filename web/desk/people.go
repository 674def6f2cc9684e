package desk

import (
	"encoding/json"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
)

const (
	peoplePath   = Base + "/people"
	staffPath    = peoplePath + "/sign"
	peopleInvite = peoplePath + "/invite"
)

// roleTexts say what each role is for.
var roleTexts = map[auth.Role]string{
	auth.Agent: "works on cases", auth.Lead: "works on cases, and decides where the same two decided too often",
	auth.Auditor: "reads, and decides nothing", auth.Admin: "invites and removes, and decides on the policy; decides no cases",
}

// peopleList is who works at the desk, for those who invite and remove.
func (s *Site) peopleList(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.listPeople(w, r, v, nil)
}

func (s *Site) listPeople(w http.ResponseWriter, r *http.Request, v *visit, wrong []approvals.FieldError) error {
	there, err := s.People.Deciders(r.Context())
	if err != nil {
		return err
	}
	p := templates.DeskPeople{DevFrame: s.frame(v), Invite: peopleInvite, Name: v.form.Get("name"), Few: few(there, true)}
	for _, role := range auth.DeskRoles() {
		p.Roles = append(p.Roles, templates.DevChoice{Value: string(role), Text: string(role) + ": " + roleTexts[role], Chosen: v.form.Get("role") == string(role)})
		all, err := s.People.List(r.Context(), "", role)
		if err != nil {
			return err
		}
		for _, one := range all {
			row := templates.DeskPerson{Name: one.Name, Role: string(one.Role), Standing: s.standing(one), You: one.ID == v.Person.ID}
			last := one.Role == auth.Admin && one.Active() && there.Policy < 2
			if one.RemovedAt.IsZero() && !last {
				row.Remove = templates.Post(peoplePath + "/" + string(one.ID) + "/remove")
			}
			p.People = append(p.People, row)
		}
	}
	status := http.StatusOK
	for _, f := range wrong {
		p.Wrong = append(p.Wrong, templates.DevFault{Field: f.Field, Message: "The " + f.Field + " " + f.Message + "."})
		status = http.StatusUnprocessableEntity
	}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, status, p)
}

// standing says what became of an invitation.
func (s *Site) standing(p auth.Person) string {
	switch {
	case !p.RemovedAt.IsZero():
		return "removed " + approvals.FormatTime(p.RemovedAt)
	case p.Active():
		return "joined " + approvals.FormatTime(p.JoinedAt)
	case !s.Now().Before(p.InviteUntil):
		return "did not join: the invitation ended " + approvals.FormatTime(p.InviteUntil)
	}
	return "invited until " + approvals.FormatTime(p.InviteUntil)
}

// few says who is missing for what takes two people.
func few(d auth.Deciders, policy bool) (missing []string) {
	if d.Cases < 2 {
		missing = append(missing, "Fewer than two agents or leads have joined: nobody could be the second to decide a case.")
	}
	if policy && d.Policy < 2 {
		missing = append(missing, "Fewer than two admins have joined: nobody could approve a proposal.")
	}
	return missing
}

// staffInvite asks for the passkey of who invites.
func (s *Site) staffInvite(w http.ResponseWriter, r *http.Request, v *visit) error {
	act, err := s.People.DraftStaff(r.Context(), auth.StaffAct{
		Verb: auth.InviteStaff, By: v.Person.ID, Role: auth.Role(v.form.Get("role")), Name: v.form.Get("name"),
	})
	if wrong := page.Wrong(err); wrong != nil {
		return s.listPeople(w, r, v, wrong)
	}
	if err != nil {
		return err
	}
	return s.askStaff(w, r, v, act)
}

// staffRemove asks for the passkey of who removes.
func (s *Site) staffRemove(w http.ResponseWriter, r *http.Request, v *visit) error {
	act, err := s.People.DraftStaff(r.Context(), auth.StaffAct{Verb: auth.RemoveStaff, By: v.Person.ID, Person: auth.PersonID(r.PathValue("id"))})
	if err != nil {
		return err
	}
	return s.askStaff(w, r, v, act)
}

// staffWish is an act that waits in a session for its signature.
type staffWish struct {
	Staff *auth.StaffAct `json:"staff"`
}

func (s *Site) askStaff(w http.ResponseWriter, r *http.Request, v *visit, act auth.StaffAct) error {
	raw, err := json.Marshal(staffWish{&act})
	if err != nil {
		return fmt.Errorf("write what is to be signed: %w", err)
	}
	v.Values.Asked = raw
	if err := s.Sessions.Touch(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, staffPath)
}

// askedStaff is the act that waits, as it is now; CodeNotFound when none does.
func (s *Site) askedStaff(r *http.Request, v *visit) (auth.StaffAct, error) {
	var asked staffWish
	if len(v.Values.Asked) > 0 {
		if err := json.Unmarshal(v.Values.Asked, &asked); err != nil {
			return auth.StaffAct{}, fmt.Errorf("read what is to be signed: %w", err)
		}
	}
	if asked.Staff == nil || asked.Staff.By != v.Person.ID {
		return auth.StaffAct{}, approvals.Refuse(approvals.CodeNotFound)
	}
	return s.People.DraftStaff(r.Context(), *asked.Staff)
}
