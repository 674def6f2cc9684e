package auth

import "github.com/google/uuid"

// providers names who keeps a passkey by the AAGUID it shows. Nothing attests
// to an AAGUID: the name is a label on a page and decides nothing.
var providers = map[string]string{
	"08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
	"6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
	"9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
	"53414d53-554e-4700-0000-000000000000": "Samsung Pass",
	"531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
	"adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
	"b5397666-4885-aa6b-cebf-e52262a439a2": "Chromium",
	"bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
	"d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
	"dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain",
	"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
	"f3809540-7f14-49c1-a8b3-8f813b225541": "Enpass",
	"fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
}

// providerOf returns a name for the AAGUID, or "" for one that is not known.
func providerOf(aaguid []byte) string {
	id, err := uuid.FromBytes(aaguid)
	if err != nil {
		return ""
	}
	return providers[id.String()]
}
