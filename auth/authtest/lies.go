package authtest

// Lie changes what a credential says, before it is signed unless noted.
type Lie func(*statement)

// Type claims another ceremony, "payment.get" for one.
func Type(t string) Lie { return func(s *statement) { s.kind = t } }

// Origin claims another origin.
func Origin(o string) Lie { return func(s *statement) { s.origin = o } }

// Challenge answers another challenge.
func Challenge(c []byte) Lie { return func(s *statement) { s.challenge = c } }

// CrossOrigin says the page was framed by another origin.
func CrossOrigin() Lie { return func(s *statement) { s.crossOrigin = true } }

// TopOrigin names the framing page without saying there is one.
func TopOrigin(o string) Lie { return func(s *statement) { s.topOrigin = o } }

// RPID signs for another relying party.
func RPID(id string) Lie { return func(s *statement) { s.rpID = id } }

// WithoutUV leaves user verification out.
func WithoutUV() Lie { return func(s *statement) { s.flags &^= flagUV } }

// WithoutUP leaves user presence out.
func WithoutUP() Lie { return func(s *statement) { s.flags &^= flagUP } }

// FlippedBE changes backup eligibility, and keeps the flags consistent.
func FlippedBE() Lie {
	return func(s *statement) {
		s.flags ^= flagBE
		if s.flags&flagBE == 0 {
			s.flags &^= flagBS
		}
	}
}

// BackedUpOnly sets BS without BE.
func BackedUpOnly() Lie { return func(s *statement) { s.flags = s.flags&^flagBE | flagBS } }

// Counter presents another signature counter.
func Counter(n uint32) Lie { return func(s *statement) { s.counter = n } }

// UserHandle presents another user.
func UserHandle(h []byte) Lie { return func(s *statement) { s.handle = h } }

// CredentialID presents the key under another id.
func CredentialID(id []byte) Lie { return func(s *statement) { s.id = id } }

// ClientData changes clientDataJSON.
func ClientData(change func(string) string) Lie { return func(s *statement) { s.clientData = change } }

// Signature changes the signature after it was made.
func Signature(change func([]byte) []byte) Lie { return func(s *statement) { s.signature = change } }

// BadSignature flips a bit of the signature.
func BadSignature() Lie {
	return Signature(func(b []byte) []byte {
		b[len(b)-1] ^= 1
		return b
	})
}

// Attestation sends an attestation nobody asked for.
func Attestation(format string, values map[string]any) Lie {
	return func(s *statement) { s.format, s.attestation = format, values }
}
