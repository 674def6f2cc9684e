// Package dev serves the pages for a marketplace's engineers that ask for no
// sign-in: the guide, and the files it shows. They hold nothing of any
// marketplace and are the same for everybody, so they are printed once, when the
// gateway starts.
//
// What the guide shows is what the tests run: the files of packages web/samples
// and client/examples, byte for byte.
//
// [Site] is the rest: the pages of one marketplace for its own engineers. They
// sign in with a passkey and nothing else. What holds on every one of them:
//
//   - a page reads what belongs to the marketplace its reader was invited to,
//     and an id of another one is not there;
//   - opening changes nothing, and a form does something only with the token of
//     one of the sender's own pages, beside what package web asks of Origin;
//   - who was removed is out with the next request;
//   - an API key is in the answer that makes it and nowhere else: in no address,
//     title, list or session. On a live gateway a key is made or rolled with a
//     fresh passkey over exactly that;
//   - no details of an action are shown: accounts are in the answers of the API.
package dev
