package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"countersign/approvals"
)

// createRequest is the body of POST /v1/actions.
type createRequest struct {
	Kind      approvals.Kind    `json:"kind"`
	Seller    sellerRequest     `json:"seller"`
	Details   json.RawMessage   `json:"details"`
	Context   contextRequest    `json:"context"`
	ReturnURL string            `json:"return_url"`
	Supersede bool              `json:"supersede"`
	Metadata  map[string]string `json:"metadata"`
}

// metadataField has the marketplace's own keys.
const metadataField = "metadata"

// actionCreate starts an action (STANDARDS PA-01, RA-01).
func (a *API) actionCreate(c *call) error {
	var in createRequest
	if err := approvals.DecodeStrict(c.body, &in, metadataField); err != nil {
		return err
	}
	r, err := a.request(c.marketplace, in)
	if err != nil {
		return err
	}
	r.Answer = a.with(c, http.StatusCreated, a.viewHandedOver)
	_, err = a.Service.Create(c.ctx(), r)
	return err
}

// request checks all fields and names every wrong one at once.
func (a *API) request(m approvals.Marketplace, in createRequest) (approvals.Request, error) {
	var f fields
	if in.ReturnURL == "" {
		f.add("return_url", "must be there")
	}
	r := in.request(&f, m)
	r.ReturnURL, r.Metadata = in.ReturnURL, metadata(&f, in.Metadata)
	if err := f.err(); err != nil {
		return approvals.Request{}, err
	}
	if !slices.Contains(m.ReturnURLs, in.ReturnURL) {
		return approvals.Request{}, approvals.Refuse(approvals.CodeReturnURL)
	}
	return r, nil
}

// request is what is asked for, wherever the seller is sent afterwards.
func (in createRequest) request(f *fields, m approvals.Marketplace) approvals.Request {
	if in.Kind == "" {
		f.add("kind", "must be there")
	}
	if len(in.Details) == 0 {
		f.add("details", "must be there")
	}
	return approvals.Request{
		Marketplace: m, Kind: in.Kind, Details: in.Details, Supersede: in.Supersede,
		Seller: in.Seller.seller(f, m.ID), Context: in.Context.context(f),
	}
}

const maxMetadata = 4 << 10

// metadata is handed back as it came. It is nil when there is none.
func metadata(f *fields, in map[string]string) json.RawMessage {
	if in == nil {
		return nil
	}
	raw, err := json.Marshal(in)
	if err != nil || len(raw) > maxMetadata {
		f.add(metadataField, "must be 4 KiB at most")
	}
	return raw
}
