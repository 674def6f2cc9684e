package conformance

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
)

// account is what the account hook answers.
type account struct {
	Account string `json:"account"`
	Changes int    `json:"changes"`
}

// account asks where the test seller is paid now.
func (k *Kit) account(ctx context.Context) (account, error) {
	status, body, err := k.ask(ctx, http.MethodGet, k.Sandbox.Account, nil)
	if err != nil {
		return account{}, fmt.Errorf("the account hook does not answer: %w", err)
	}
	var a struct {
		Account *string `json:"account"`
		Changes *int    `json:"changes"`
	}
	if status != http.StatusOK || json.Unmarshal(body, &a) != nil || a.Account == nil || a.Changes == nil {
		return account{}, errors.New(`the account hook must answer 200 and {"account":"…","changes":0}`)
	}
	return account{plain(*a.Account), *a.Changes}, nil
}

// startChange makes the test seller ask to be paid into iban.
func (k *Kit) startChange(ctx context.Context, iban string) (status int, err error) {
	body, err := json.Marshal(map[string]any{"account": map[string]string{"iban": iban, "holder": "Conformance Test"}})
	if err != nil {
		return 0, err
	}
	status, _, err = k.ask(ctx, http.MethodPost, k.Sandbox.Start, body)
	return status, err
}

// ask calls a hook or a page with the test seller's cookies.
func (k *Kit) ask(ctx context.Context, method, url string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := k.browser.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	return res.StatusCode, answer, err
}

// freshIBAN is well-formed and nobody's: no bank has the code 12345678.
func freshIBAN() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(1e10)) // never fails (crypto/rand)
	bban := fmt.Sprintf("12345678%010d", n)
	check, _ := new(big.Int).SetString(bban+"131400", 10) // D is 13, E is 14 (ISO 13616)
	rest := new(big.Int).Mod(check, big.NewInt(97)).Int64()
	return fmt.Sprintf("DE%02d%s", 98-rest, bban)
}
