package templates

import "time"

// DeskPeople is who works at the desk, for those who invite and remove.
type DeskPeople struct {
	DevFrame
	Few    []string // who is missing for what takes two people
	People []DeskPerson
	Invite Post
	Name   string // as it was typed
	Roles  []DevChoice
}

// DeskPerson is one of them.
type DeskPerson struct {
	Name, Role, Standing string
	You                  bool
	Remove               Post // empty where they cannot be
}

// DeskPeopleSign shows what is to be signed, and asks for the passkey.
type DeskPeopleSign struct {
	DevFrame
	What    []DevFact
	Passkey DevPasskey
	Back    Link
}

// DeskInvited shows the link of an invitation, once.
type DeskInvited struct {
	DevFrame
	Name, Role string
	Until      time.Time
	Link       string
	Back       Link
}

func (DeskPeople) devName() string      { return "desk/people" }
func (DeskPeople) devTitle() string     { return "People" }
func (DeskPeopleSign) devName() string  { return "desk/people_sign" }
func (DeskPeopleSign) devTitle() string { return "Sign with your passkey" }
func (DeskInvited) devName() string     { return "desk/invited" }
func (p DeskInvited) devTitle() string  { return p.Name + " is invited" }
