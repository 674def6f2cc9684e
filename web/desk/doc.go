// Package desk serves the pages of those who work for no marketplace: agents,
// leads, auditors and admins. They sign in with a passkey and nothing else (C1), or,
// where their company has a sign-on and they linked their account with a passkey,
// with that (package signon). What holds on every one of them:
//
//   - opening changes nothing, and a form does something only with the token of
//     one of the sender's own pages;
//   - who was removed is out with the next request;
//   - a decision is signed with a fresh passkey over exactly what it is about, and
//     nobody decides on what they proposed: package approvals/desk refuses it, and
//     so does the database;
//   - only an admin decides on the policy, invites and removes; the others read the
//     policy. What an admin does with people is signed as a decision is;
//   - only agents and leads decide cases, what is said of rings included. Auditors and
//     admins read them, and with leads the audit log; everybody reads the handover;
//   - accounts, names and addresses are masked. One is shown alone, for a minute, to who
//     has claimed the case and says why, and that is counted and recorded.
package desk
