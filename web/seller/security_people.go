package seller

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/templates"
)

// securityPeople fills who else approves. Both adding and removing are actions,
// so neither is offered while another one waits.
func (h *Handler) securityPeople(a access, open bool, p *templates.Security) {
	now, there := h.now(), 0
	for _, who := range a.seller.Approvers {
		if !who.There(now) {
			continue
		}
		there++
		p.People = append(p.People, templates.PersonCard{
			ID: string(who.ID), Name: who.Name, Email: templates.MaskEmail(who.Email), State: string(who.State(now)),
			Until: who.InviteUntil, UsableFrom: who.UsableFrom, Remove: open,
		})
	}
	p.RemovePerson = securityPath + "/people/remove"
	if open && there < approvals.MaxApprovers {
		p.AddPerson = securityPath + "/people"
	}
}

// securityPerson asks for another person to approve.
func (h *Handler) securityPerson(w http.ResponseWriter, r *http.Request) error {
	return h.aboutPerson(w, r, approvals.ApproverAdd, func(_ access, f form) approvals.ApproverRef {
		email := strings.TrimSpace(f.get("email"))
		if canonical, err := approvals.ParseEmail(email); err == nil {
			email = canonical
		}
		return approvals.ApproverRef{Name: strings.TrimSpace(f.get("name")), Email: email}
	})
}

// securityPersonRemove asks for the removal of one.
func (h *Handler) securityPersonRemove(w http.ResponseWriter, r *http.Request) error {
	return h.aboutPerson(w, r, approvals.ApproverRemove, func(a access, f form) approvals.ApproverRef {
		who, _ := a.seller.Approver(approvals.ApproverID(f.get("person")))
		return approvals.ApproverRef{ID: who.ID, Name: who.Name, Email: who.Email}
	})
}

// aboutPerson starts an action about a person and leads to its review.
func (h *Handler) aboutPerson(w http.ResponseWriter, r *http.Request, k approvals.Kind, who func(access, form) approvals.ApproverRef) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	f, err := a.post(r)
	if err != nil {
		return err
	}
	details, err := json.Marshal(map[string]approvals.ApproverRef{"approver": who(a, f)})
	if err != nil {
		return fmt.Errorf("ask about a person: %w", err)
	}
	from := approvals.OriginOf(r.Context())
	made, err := h.Approvals.Create(r.Context(), approvals.Request{
		Marketplace: a.market, Kind: k, Seller: approvals.Seller{SellerKey: a.seller.SellerKey}, Details: details,
		Context: approvals.Context{IP: from.IP, UserAgent: from.UserAgent}, ReturnURL: a.home(), BySeller: true,
	})
	if is(err, approvals.CodeInvalid) || is(err, approvals.CodeNotFound) {
		return h.security(w, r, a, securityView{status: http.StatusUnprocessableEntity, fault: templates.FaultPerson})
	}
	if err != nil {
		return err
	}
	if err := h.Sessions.Hand(w, r, a.visit, made.ID); err != nil {
		return err
	}
	return seeOther(w, actionPath(made))
}
